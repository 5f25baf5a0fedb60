"""What happened, for people and for programs.

In both, `confirmed` and `waiting` count people: the seats that are taken and those that are waited
for.
"""

from tests.programmes import pb

_REFUSED_BECAUSE = {
    "REGISTRATION_NOT_OPEN": "came before registration opened",
    "REGISTRATION_CLOSED": "came after the deadline",
    "CHOICE_TAKEN": "had a seat or a place in line in the other session of the choice",
    "ALREADY_REGISTERED": "were registered already",
}
_MAILS_ABOUT = {
    "REGISTRATION_CONFIRMED": "your registration is confirmed",
    "REGISTRATION_WAITLISTED": "you are on the waiting list",
    "REGISTRATION_PROMOTED": "a seat came free for you",
    "REGISTRATION_CANCELLED": "your registration is cancelled",
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


def report(programme, messages, mails):
    """build/run/report.json; keys of what does not exist yet are empty."""
    sessions = [
        {
            "name": story.session.name,
            "title": story.title,
            "capacity": story.session.capacity,
            "confirmed": story.session.confirmed_seats,
            "waiting": story.session.waiting_seats,
        }
        for story in programme.stories.values()
    ]
    played = {"sessions": sessions, "proposals": {}, "messages": messages}
    return {"programmes": {programme.name: played}, "mailbox": {"mails": mails}}


def lines(programme, messages, mails):
    """The account, line by line, for a case officer."""
    yield ""
    yield f"{programme.title} (seats and people; a party is seated whole)"
    yield ""
    for story in programme.stories.values():
        yield from _session_lines(story)
        yield ""
    yield f"Mails in the mailbox: {mails}"
    for purpose, states in sorted(messages.items()):
        told = ", ".join(
            f"{count} {state.lower().replace('_', ' ')}" for state, count in sorted(states.items())
        )
        yield f"  {_MAILS_ABOUT.get(purpose, purpose)}: {told}"


def _session_lines(story):
    session = story.session
    yield story.title
    yield f"  {session.when.display}; registration {session.window.deadline.display}"
    waiting = _people(story.book.waiting) + " waiting" if story.book.line else "nobody waiting"
    yield f"  {session.capacity} seats: {session.confirmed_seats} taken, {waiting}"
    if story.given_up:
        yield f"  {_people(story.given_up)} gave up, {_people(story.moved_up)} moved up"
    if story.outside_region:
        yield f"  {_people(story.outside_region)} of another region, welcome and marked"
    for reason, count in sorted(story.refused.items()):
        yield f"  refused: {_people(count)} who {_REFUSED_BECAUSE.get(reason, reason)}"
    if story.repeated:
        yield f"  {story.repeated} requests came twice and had one effect"


def _people(count):
    return "1 person" if count == 1 else f"{count} people"
