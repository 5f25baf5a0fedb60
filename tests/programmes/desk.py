"""Where people register: a series of sessions, every answer held against what was published."""

import collections
import datetime
from dataclasses import dataclass, field

from tests.programmes import pb
from tests.programmes.book import CONFIRMED, Book, require
from tests.programmes.facts import SessionFacts, instant, utc
from tests.programmes.suite import STAFF, call, every_page, insist, new_request_id, person

MOMENT = datetime.timedelta(milliseconds=100)
HOUR = datetime.timedelta(hours=1)
_MARK = pb.registration.Registration


@dataclass
class Story:
    """One session and what happened to it; people are counted, not registrations."""

    facts: SessionFacts
    session: pb.session.Session = None
    book: Book = None
    refused: collections.Counter = field(default_factory=collections.Counter)
    marked: collections.Counter = field(default_factory=collections.Counter)
    moved_up: int = 0
    given_up: int = 0
    repeated: int = 0

    @property
    def title(self):
        """As people read it."""
        return self.session.title.nl


class Desk:
    """The sessions of one series, from their publication to their beginning."""

    def __init__(self, programme, series):
        self._programme = programme
        self._suite = programme.suite
        self._agenda = programme.agenda
        self._facts = series
        self.series = None
        self.stories = {key: Story(each) for key, each in series.sessions.items()}

    # What is planned.

    def plan(self, inventor, envoys=None):
        """Puts down the publication, and for each session its parties and its end; the parties.

        `envoys` are those of Inventor.parties, by session.
        """
        self._agenda.at(self._facts.published, self._publish)
        self._agenda.at(
            self._facts.opens,
            lambda: self._agenda.progress(f"Registration is open: {self._facts.title}."),
        )
        parties = {}
        for key, story in self.stories.items():
            parties[key] = inventor.parties(
                story.facts,
                self._facts.opens,
                story.facts.closes - HOUR,
                (envoys or {}).get(key, ()),
            )
            # The last of them comes in the last moment.
            parties[key][-1].arrives = story.facts.closes - MOMENT
            self._plan(story, parties[key])
        return parties

    def _plan(self, story, parties):
        opens, closes, begins = self._facts.opens, story.facts.closes, story.facts.begins
        for party in parties:
            self._agenda.at(party.arrives, lambda party=party: self.register(party))
        self._plan_cancellations(
            story, opens + (closes - opens) * 2 / 3, begins - 12 * HOUR if begins else closes
        )
        self._agenda.at(closes, lambda: self._close(story))
        if begins:
            self._agenda.at(begins, lambda: self._begin(story))

    def _plan_cancellations(self, story, begin, end):
        count = story.facts.invented.get("cancel", 0)
        for number in range(count):
            self._agenda.at(
                begin + (end - begin) * number / count, lambda: self._somebody_gives_up(story)
            )
        self._agenda.at(begin + (end - begin) / 2, lambda: self._somebody_leaves_the_line(story))

    # What happens.

    def _publish(self):
        create_series = pb.series_service.CreateSeriesRequest(
            series=self._facts.series(), request_id=new_request_id()
        )
        series = insist(self._suite.series.CreateSeries, create_series, STAFF)
        get_series = pb.series_service.GetSeriesRequest(name=series.name)
        self._programme.refused(
            self._suite.series.GetSeries, get_series, None, "RESOURCE_NOT_FOUND"
        )
        for key, story in self.stories.items():
            create_session = pb.session_service.CreateSessionRequest(
                session=self._facts.session(key, series.name), request_id=new_request_id()
            )
            story.session = insist(self._suite.sessions.CreateSession, create_session, STAFF)
            story.book = Book(capacity(story.session))
            closes = utc(story.session.window.deadline.closes_before)
            require(
                closes == story.facts.closes, f"{key} closes at {closes}, not {story.facts.closes}"
            )
        publish_series = pb.series_service.PublishSeriesRequest(
            name=series.name, request_id=new_request_id()
        )
        insist(self._suite.series.PublishSeries, publish_series, STAFF)
        for story in self.stories.values():
            publish_session = pb.session_service.PublishSessionRequest(
                name=story.session.name, request_id=new_request_id()
            )
            story.session = insist(self._suite.sessions.PublishSession, publish_session, STAFF)
        self.series = call(self._suite.series.GetSeries, get_series)
        count = len(self.stories)
        self._agenda.progress(
            f"Published: {self._facts.title}, {count} session{'s' if count > 1 else ''}."
        )

    def register(self, party):
        """Somebody registers, and now and then repeats it, unsure whether it arrived."""
        story = self.stories[party.session]
        answer = self._now_and_then_twice(
            story, self._suite.registrations.Register, self._request(party), party.email
        )
        entry = story.book.enter(answer)
        require(
            utc(answer.receive_time) == self._agenda.now,
            f"{answer.name} is said to have come at {utc(answer.receive_time)}, "
            f"not {self._agenda.now}",
        )
        marks = self._marks(story, party)
        require(
            list(answer.marks) == marks, f"{answer.name} has the marks {answer.marks}, not {marks}"
        )
        for mark in marks:
            story.marked[_MARK.Mark.Name(mark).removeprefix("MARK_")] += entry.seats
        story.book.compare(self._read(story))
        seated = entry.state == CONFIRMED
        self._tell_of(entry, "REGISTRATION_CONFIRMED" if seated else "REGISTRATION_WAITLISTED")

    @staticmethod
    def _marks(story, party):
        marks = []
        if story.facts.regions and party.regions.isdisjoint(story.facts.regions):
            marks.append(_MARK.MARK_OUTSIDE_REGION)
        if story.facts.audiences and not party.audiences.issubset(story.facts.audiences):
            marks.append(_MARK.MARK_OUTSIDE_AUDIENCE)
        if party.member and not party.mandated:
            marks.append(_MARK.MARK_CLAIMED_ORGANISATION)
        return marks

    def refuse(self, party, reason):
        """Somebody registers who must be refused; what was told."""
        told = self._programme.refused(
            self._suite.registrations.Register, self._request(party), person(party.email), reason
        )
        self.stories[party.session].refused[reason] += len(party.attendees)
        return told

    def come_late(self, party):
        """Somebody comes after the deadline and is told when it was; what was told."""
        story = self.stories[party.session]
        told = self.refuse(party, "REGISTRATION_CLOSED")
        require(
            instant(told.metadata["closed"]) == story.facts.closes,
            f"{story.session.name} is said to have closed at {told.metadata['closed']}",
        )
        return told

    def give_up(self, story, entry):
        """Somebody gives up; whoever is first in line must have the seats at once."""
        request = pb.registration_service.CancelRegistrationRequest(
            name=entry.name, request_id=new_request_id()
        )
        answer = self._now_and_then_twice(
            story, self._suite.registrations.CancelRegistration, request, entry.email
        )
        promoted = story.book.leave(entry)
        require(
            answer.state == entry.state, f"{entry.name} was given up and is in state {answer.state}"
        )
        story.given_up += entry.seats
        self._tell_of(entry, "REGISTRATION_CANCELLED")
        for each in promoted:
            get = pb.registration_service.GetRegistrationRequest(name=each.name)
            moved = insist(self._suite.registrations.GetRegistration, get, person(each.email))
            require(
                (moved.state, utc(moved.confirm_time)) == (CONFIRMED, self._agenda.now),
                f"{each.name} was first in line when seats came free; its state is {moved.state}",
            )
            story.moved_up += each.seats
            self._tell_of(each, "REGISTRATION_PROMOTED")
        story.book.compare(self._read(story))

    def _somebody_gives_up(self, story):
        seated = [each for each in story.book.entries.values() if each.state == CONFIRMED]
        self.give_up(story, self._programme.random.choice(seated))

    def _somebody_leaves_the_line(self, story):
        if story.book.line:
            self.give_up(story, story.book.line[-1])

    def _close(self, story):
        book = story.book
        if book.capacity is None:
            self._agenda.progress(f"{story.title} is closed: {book.confirmed} people come.")
            return
        self._agenda.progress(
            f"{story.title} is closed: {book.confirmed} of {book.capacity} seats taken, "
            f"{book.waiting} people waiting{why_not_seated(book)}."
        )

    def _begin(self, story):
        """From now on nobody gives up a seat: what happens is attendance."""
        entry = next(each for each in story.book.entries.values() if each.state == CONFIRMED)
        cancel = pb.registration_service.CancelRegistrationRequest(
            name=entry.name, request_id=new_request_id()
        )
        self._programme.refused(
            self._suite.registrations.CancelRegistration,
            cancel,
            person(entry.email),
            "SESSION_BEGUN",
        )
        begins = "begins" if story.facts.has_hours else "is today,"
        self._agenda.progress(f"{story.title} {begins} with {story.book.confirmed} people.")

    # How it is said and seen.

    def _request(self, party):
        return pb.registration_service.RegisterRequest(
            parent=self.stories[party.session].session.name,
            registration=party.registration(),
            request_id=party.request_id,
        )

    def _now_and_then_twice(self, story, method, request, email):
        answer, twice = self._programme.now_and_then_twice(method, request, person(email))
        story.repeated += twice
        return answer

    def _read(self, story):
        get = pb.session_service.GetSessionRequest(name=story.session.name)
        return insist(self._suite.sessions.GetSession, get)

    def compare(self):
        """Holds every session and its registrations against the books."""
        for story in self.stories.values():
            request = pb.registration_service.ListRegistrationsRequest(
                parent=story.session.name, page_size=20
            )
            story.book.compare_all(
                every_page(
                    self._suite.registrations.ListRegistrations, request, "registrations", STAFF
                )
            )
            story.session = self._read(story)
            story.book.compare(story.session)

    def _tell_of(self, entry, purpose):
        session = entry.name.partition("/registrations/")[0]
        self._programme.tell_of(session, purpose, entry.recipients)


def capacity(session):
    """How many people a session holds; None: as many as come."""
    return session.capacity if session.WhichOneof("seats") == "capacity" else None


def why_not_seated(book):
    """Why people wait where seats are free; empty where none is, or nobody waits."""
    if not book.line or book.confirmed == book.capacity:
        return ""
    return f", the first of them a party of {book.line[0].seats}, whom nobody passes"
