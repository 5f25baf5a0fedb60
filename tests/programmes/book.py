"""What one session must look like by the published rules, kept beside what the service answers.

Seats are people, everywhere in the player and in its report: a party of three takes three seats,
and waits for three.
"""

import collections
from dataclasses import dataclass

from tests.programmes import pb

CONFIRMED = pb.registration.Registration.STATE_CONFIRMED
WAITLISTED = pb.registration.Registration.STATE_WAITLISTED
CANCELLED = pb.registration.Registration.STATE_CANCELLED


class RuleBroken(Exception):
    """The service answered what the rules do not allow."""


def require(condition, text):
    """Fails loudly: a programme that goes on after a broken rule proves nothing."""
    if not condition:
        raise RuleBroken(text)


@dataclass
class Entry:
    """A registration that was accepted."""

    name: str
    email: str
    seats: int
    recipients: tuple
    state: int


class Book:
    """The seats of one session, the line before them, and everyone who ever came.

    A session without a capacity takes as many as come.
    """

    def __init__(self, capacity=None):
        self.capacity = capacity
        self.entries = {}
        self.line = collections.deque()

    @property
    def confirmed(self):
        """Seats that are taken."""
        return sum(each.seats for each in self.entries.values() if each.state == CONFIRMED)

    @property
    def waiting(self):
        """Seats that are waited for."""
        return sum(each.seats for each in self.line)

    def has_room(self, seats):
        """Whether a party that came now would be seated: nobody passes those in line."""
        return not self.line and self._fits(seats)

    def enter(self, answer):
        """Enters an accepted registration; its state and place in line must be those due to it."""
        seats = len(answer.attendees)
        due = CONFIRMED if self.has_room(seats) else WAITLISTED
        place = len(self.line) + 1 if due == WAITLISTED else 0
        require(
            (answer.state, answer.waiting_position) == (due, place),
            f"{answer.name}: state {answer.state} and place {answer.waiting_position}, "
            f"where {due} and {place} are due",
        )
        entry = Entry(
            answer.name,
            answer.registrant.email,
            seats,
            tuple(each.email for each in answer.recipients),
            due,
        )
        self.entries[answer.name] = entry
        if due == WAITLISTED:
            self.line.append(entry)
        return entry

    def leave(self, entry):
        """Gives a registration up. Returns who must have moved up: the first in line that fit."""
        if entry.state == WAITLISTED:
            self.line.remove(entry)
        entry.state = CANCELLED
        return self._promote()

    def resize(self, capacity):
        """Changes the number of seats. Returns who must have moved up."""
        self.capacity = capacity
        return self._promote()

    def _promote(self):
        promoted = []
        while self.line and self._fits(self.line[0].seats):
            head = self.line.popleft()
            head.state = CONFIRMED
            promoted.append(head)
        return promoted

    def _fits(self, seats):
        return self.capacity is None or self.confirmed + seats <= self.capacity

    def compare(self, session):
        """The service's own figures must be these."""
        seen = (session.confirmed_seats, session.waiting_seats)
        require(
            seen == (self.confirmed, self.waiting),
            f"{session.name} says {seen} seats taken and waited for, "
            f"not {(self.confirmed, self.waiting)}",
        )
        require(self._fits(0), f"{session.name} has more people than seats")

    def compare_all(self, registrations):
        """So must every registration, in order of arrival, with the line's places without a gap."""
        places = {entry.name: place for place, entry in enumerate(self.line, start=1)}
        due = [
            (entry.name, entry.state, places.get(entry.name, 0)) for entry in self.entries.values()
        ]
        seen = [(each.name, each.state, each.waiting_position) for each in registrations]
        require(seen == due, f"the list of registrations is {seen}, where {due} is due")
