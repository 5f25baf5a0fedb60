"""What happened, for people and for programs.

In both, `confirmed` and `waiting` count people: the seats that are taken and those that are waited
for.
"""

import collections

from tests.programmes import account_of_calls, pb
from tests.programmes.desk import capacity

_REFUSED_BECAUSE = {
    "REGISTRATION_NOT_OPEN": "came before registration opened",
    "REGISTRATION_CLOSED": "came after the deadline",
    "CHOICE_TAKEN": "had a seat or a place in line in the other session of the choice",
    "ALREADY_REGISTERED": "were registered already",
    "NOT_ELIGIBLE": "came from a region that the session is not for",
}
_MARKED_AS = {
    "OUTSIDE_REGION": "of another region, welcome and marked",
    "OUTSIDE_AUDIENCE": "of another audience, welcome and marked",
    "CLAIMED_ORGANISATION": "for an organisation that has not mandated them, and marked",
}
_MAILS_ABOUT = {
    "REGISTRATION_CONFIRMED": "your registration is confirmed",
    "REGISTRATION_WAITLISTED": "you are on the waiting list",
    "REGISTRATION_PROMOTED": "a seat came free for you",
    "REGISTRATION_CANCELLED": "your registration is cancelled",
    "CALL_PUBLISHED": "there is a new call",
    "CALL_AMENDED": "the call has changed",
    "IDEA_RECEIVED": "your idea has arrived",
    "PARTNER_INVITED": "you are asked to be a partner",
    "INVITATION_ACCEPTED": "a partner has accepted",
    "INVITATION_DECLINED": "a partner has declined",
    "INVITATION_WITHDRAWN": "the invitation was taken back",
    "PROPOSAL_SUBMITTED": "the proposal was submitted",
    "MANDATE_OFFERED": "you are asked to act for an organisation",
}


def count_messages(messages):
    """{purpose: {state: how many}}, without the enums' prefixes."""
    counted = {}
    for each in messages:
        purpose = pb.message.Purpose.Name(each.purpose).removeprefix("PURPOSE_")
        state = pb.message.Message.State.Name(each.state).removeprefix("STATE_")
        states = counted.setdefault(purpose, {})
        states[state] = states.get(state, 0) + 1
    return counted


def report(register, programmes, messages, mails):
    """build/run/report.json. `messages`: by programme; `mails`: how many came, in all."""
    return {
        "organisations": {"imported": len(register.members), "by_region": register.by_region},
        "programmes": {
            each.name: {
                "sessions": [
                    _session(story) for desk in each.desks for story in desk.stories.values()
                ],
                "proposals": account_of_calls.figures(each),
                "messages": messages[each.name],
            }
            for each in programmes
        },
        "mailbox": {"mails": mails},
    }


def _session(story):
    return {
        "name": story.session.name,
        "title": story.title,
        "capacity": capacity(story.session),
        "confirmed": story.session.confirmed_seats,
        "waiting": story.session.waiting_seats,
    }


def lines(register, programmes, messages, mails):
    """The account, line by line, for a case officer."""
    yield ""
    regions = ", ".join(f"{code} {count}" for code, count in register.by_region.items())
    yield f"The register: {len(register.members)} organisations ({regions}; some are in two)"
    for programme in programmes:
        yield ""
        yield ""
        yield programme.title
        yield "=" * len(programme.title)
        yield ""
        yield from account_of_calls.lines(programme)
        for desk in programme.desks:
            yield from _desk_lines(desk)
        yield from _mail_lines(messages[programme.name])
    yield ""
    yield f"Mails in the mailbox: {mails}"


def _desk_lines(desk):
    series = desk.series
    if len(desk.stories) > 1 or series.HasField("when"):
        when = f", {series.when.display}" if series.HasField("when") else ""
        total = sum(each.session.confirmed_seats for each in desk.stories.values())
        expected = series.expected_participants
        hoped = f" of the {expected} or so that were expected" if expected else ""
        yield f"Series: {series.title.nl}{when}; {total} people{hoped}"
    for story in desk.stories.values():
        yield from _session_lines(story)
        yield ""


def _session_lines(story):
    session = story.session
    yield story.title
    yield f"  {session.when.display}; registration {session.window.deadline.display}"
    if session.HasField("place"):
        access = f" ({session.place.access})" if session.place.access else ""
        yield f"  {session.place.address}{access}"
    waiting = _people(story.book.waiting) + " waiting" if story.book.line else "nobody waiting"
    seats = capacity(session)
    if seats is None:
        yield f"  room for everybody: {_people(session.confirmed_seats)}"
    else:
        yield f"  {seats} seats: {session.confirmed_seats} taken, {waiting}"
    if story.given_up:
        moved = f", {_people(story.moved_up)} moved up" if seats is not None else ""
        yield f"  {_people(story.given_up)} gave up{moved}"
    for mark, count in sorted(story.marked.items()):
        yield f"  {_people(count)} {_MARKED_AS[mark]}"
    for reason, count in sorted(story.refused.items()):
        yield f"  refused: {_people(count)} who {_REFUSED_BECAUSE[reason]}"
    if story.repeated:
        yield f"  {story.repeated} requests came twice and had one effect"


def _mail_lines(messages):
    total = sum((collections.Counter(each) for each in messages.values()), collections.Counter())
    yield f"Mails: {total.total()}"
    for purpose, states in sorted(messages.items()):
        told = ", ".join(
            f"{count} {state.lower().replace('_', ' ')}" for state, count in sorted(states.items())
        )
        yield f"  {_MAILS_ABOUT.get(purpose, purpose)}: {told}"


def _people(count):
    return "1 person" if count == 1 else f"{count} people"
