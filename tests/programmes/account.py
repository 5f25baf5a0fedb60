"""What happened, for people and for programs.

In both, `confirmed` and `waiting` count people: the seats that are taken and those that are waited
for.
"""

from tests.programmes import account_of_calls, pb
from tests.programmes.desk import capacity, why_not_seated
from tests.programmes.programme import DISCREET

_REFUSED_BECAUSE = {
    "REGISTRATION_NOT_OPEN": "came before registration opened",
    "REGISTRATION_CLOSED": "came after the deadline",
    "CHOICE_TAKEN": "had a seat or a place in line in the other session of the choice",
    "ALREADY_REGISTERED": "were registered already",
    "NOT_ELIGIBLE": "came from another region",
}
_MARKED_AS = {
    "OUTSIDE_REGION": "of another region",
    "OUTSIDE_AUDIENCE": "of another audience",
    "CLAIMED_ORGANISATION": "for an organisation that has not mandated them",
}
_REGIONS = {
    "ANT": "Antwerpen",
    "LIM": "Limburg",
    "OVL": "Oost-Vlaanderen",
    "VBR": "Vlaams-Brabant",
    "WVL": "West-Vlaanderen",
    "BRU": "Brussel",
}
_FOR_REGIONS = {
    pb.session.OPENNESS_OPEN: "for every region",
    pb.session.OPENNESS_SOFT: "for {}; others are welcome, and marked",
    pb.session.OPENNESS_HARD: "for {} alone",
}
_MAILS_ABOUT = {
    "REGISTRATION_CONFIRMED": "your registration is confirmed",
    "REGISTRATION_WAITLISTED": "you are on the waiting list",
    "REGISTRATION_PROMOTED": "a seat came free for you",
    "REGISTRATION_CANCELLED": "your registration is cancelled",
    "CALL_PUBLISHED": "there is a new call",
    "CALL_AMENDED": "the call has changed",
    "IDEA_RECEIVED": "your idea has arrived",
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
        # Messages are what staff can list; with the discreet ones they are all mails.
        "mailbox": {"mails": mails, "discreet": sum(map(_discreet, programmes))},
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
    regions = ", ".join(f"{_REGIONS[code]} {count}" for code, count in register.by_region.items())
    yield f"The register: {len(register.members)} organisations, some of them in two regions"
    yield f"  {regions}"
    for programme in programmes:
        yield ""
        yield ""
        yield programme.title
        yield "=" * len(programme.title)
        yield ""
        yield from account_of_calls.lines(programme)
        for desk in programme.desks:
            yield from _desk_lines(desk, programme.title)
        yield from account_of_calls.later_lines(programme)
        yield from _mail_lines(programme, messages[programme.name])
    yield ""
    yield f"Mails in the mailbox: {mails}"


def _desk_lines(desk, programme_title):
    series, count = desk.series, len(desk.stories)
    if count > 1:
        people = _people(sum(each.session.confirmed_seats for each in desk.stories.values()))
        if series.expected_participants:
            people += f", where some {series.expected_participants} were expected"
        title = "" if series.title.nl == programme_title else f"{series.title.nl}: "
        when = f", {series.when.display}" if series.HasField("when") else ""
        yield f"{title}{count} sessions{when}; {people}"
        yield ""
    for story in desk.stories.values():
        yield from _session_lines(story, series)
        yield ""


def _session_lines(story, of_series):
    session = story.session
    yield story.title
    yield f"  {session.when.display}; registration {session.window.deadline.display}"
    yield f"  {_where(session)}"
    if session.description.nl != of_series.description.nl:
        yield f"  {session.description.nl}"
    yield f"  {_whom(session)}"
    yield f"  {_seats(story)}"
    if story.given_up:
        moved = f"; {_people(story.moved_up)} moved up" if story.moved_up else ""
        yield f"  {_people(story.given_up)} gave up{moved}"
    if story.marked:
        yield f"  accepted and marked: {_counted(story.marked, _MARKED_AS)}"
    if story.refused:
        because = {reason: f"who {words}" for reason, words in _REFUSED_BECAUSE.items()}
        yield f"  refused: {_counted(story.refused, because)}"
    if story.repeated:
        yield f"  {account_of_calls.repeated(story.repeated)}"


def _where(session):
    place = session.place
    return f"{place.address}; {place.access}" if place.access else place.address or "online"


def _whom(session):
    rule = session.regions
    names = [_REGIONS[pb.region.Region.Name(each).removeprefix("REGION_")] for each in rule.regions]
    *others, last = names or [""]
    listed = f"{', '.join(others)} and {last}" if others else last
    return _FOR_REGIONS[rule.openness].format(listed)


def _seats(story):
    taken, seats = story.session.confirmed_seats, capacity(story.session)
    if seats is None:
        return f"room for everybody: {_people(taken)}"
    waiting = _people(story.book.waiting) if story.book.line else "nobody"
    return f"{seats} seats: {taken} taken, {waiting} waiting{why_not_seated(story.book)}"


def _counted(counter, words):
    return ", ".join(f"{_people(count)} {words[what]}" for what, count in sorted(counter.items()))


def _mail_lines(programme, messages):
    yield f"Mails: {programme.mails.total()}"
    for purpose, states in sorted(messages.items()):
        told = ", ".join(
            f"{count} {state.lower().replace('_', ' ')}" for state, count in sorted(states.items())
        )
        yield f"  {_MAILS_ABOUT[purpose]}: {told}"
    discreet = _discreet(programme)
    if discreet:
        yield (
            f"  about invitations to be a partner, in no list since they tell of drafts: {discreet}"
        )


def _discreet(programme):
    """How many mails no list of messages tells of."""
    return sum(count for (purpose, _), count in programme.mails.items() if purpose in DISCREET)


def _people(count):
    return "1 person" if count == 1 else f"{count} people"
