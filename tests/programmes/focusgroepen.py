"""The five regional focus groups of October 2020, from the invitation to the last session.

People register in the order in which they were invented to arrive, change their minds, come too
late and follow the advice they get. Every answer is compared with the rules as they were published.
"""

import collections
import datetime
import heapq
import itertools
import random
from dataclasses import dataclass, field

import grpc

from tests.programmes import pb, refusal
from tests.programmes.book import CONFIRMED, Book, require
from tests.programmes.invitation import BRUSSELS, Invitation, SessionFacts, instant
from tests.programmes.people import Inventor, Party
from tests.programmes.suite import STAFF, call, every_page, insist, new_request_id, person

_MOMENT = datetime.timedelta(milliseconds=100)
_MINUTE = datetime.timedelta(minutes=1)
_HOUR = datetime.timedelta(hours=1)


@dataclass
class Story:
    """One session and what happened to it; people are counted, not registrations."""

    facts: SessionFacts
    session: pb.session.Session = None
    book: Book = None
    refused: collections.Counter = field(default_factory=collections.Counter)
    moved_up: int = 0
    given_up: int = 0
    outside_region: int = 0
    repeated: int = 0

    @property
    def title(self):
        """As people read it."""
        return self.session.title.nl


class Focusgroepen:
    """Plays the programme once.

    `set_clock` moves the suite's time; `tell` takes lines of progress.
    """

    name = "focusgroepen"

    def __init__(self, suite, set_clock, tell):
        self._suite = suite
        self._set_clock = set_clock
        self._tell = tell
        self._invitation = Invitation()
        self._inventor = Inventor(self._invitation.invented)
        self._random = random.Random(self._invitation.invented["seed"])
        self._agenda = []
        self._order = itertools.count()
        self._now = None
        self.stories = {key: Story(facts) for key, facts in self._invitation.sessions.items()}
        # What people must be told in all, by purpose and by address.
        self.mails = collections.Counter()
        self.mails_to = collections.Counter()
        self.title = self._invitation.title
        # The sensitive texts, which no mail may hold.
        self.answers = self._invitation.invented["answers"]

    def play(self):
        """From the invitation to the beginning of the last session. Raises RuleBroken."""
        opens = self._invitation.opens
        self._at(self._invitation.published, self._publish)
        self._at(opens - _MINUTE, self._come_too_early)
        self._at(opens, lambda: self._progress("Registration is open."))
        for story in self.stories.values():
            self._plan(story)
        while self._agenda:
            self._now, _, action = heapq.heappop(self._agenda)
            self._set_clock(self._now)
            action()
        for story in self.stories.values():
            self._compare(story)

    # What is planned.

    def _at(self, moment, action):
        heapq.heappush(self._agenda, (moment, next(self._order), action))

    def _plan(self, story):
        facts, opens = story.facts, self._invitation.opens
        parties = self._inventor.parties(facts, opens, facts.closes - _HOUR)
        # The last of them comes in the last moment.
        parties[-1].arrives = facts.closes - _MOMENT
        for party in parties:
            self._at(party.arrives, lambda party=party: self._register(party))
        if facts.key == "antwerpen-1":
            self._plan_choices(parties)
        if facts.key == "oost-vlaanderen":
            for party in parties[:2]:
                self._at(party.arrives + _HOUR, lambda party=party: self._register_twice(party))
        self._plan_cancellations(
            story, opens + (facts.closes - opens) * 2 / 3, facts.begins - 12 * _HOUR
        )
        self._at(facts.closes, lambda: self._close(story))
        self._at(facts.closes, lambda: self._come_late(story, follow=True))
        self._at(facts.closes + 9 * _HOUR, lambda: self._come_late(story, follow=False))
        self._at(facts.begins, lambda: self._begin(story))

    def _plan_choices(self, parties):
        """ "Sessie 1 of 2": three try for both, and one of them then changes over."""
        for party in parties[:3]:
            self._at(party.arrives + _HOUR, lambda party=party: self._try_both(party))
        changing = parties[0]
        self._at(changing.arrives + 2 * _HOUR, lambda: self._change_over(changing))

    def _plan_cancellations(self, story, begin, end):
        count = story.facts.invented["cancel"]
        for number in range(count):
            self._at(begin + (end - begin) * number / count, lambda: self._somebody_gives_up(story))
        self._at(begin + (end - begin) / 2, lambda: self._somebody_leaves_the_line(story))

    # What happens.

    def _publish(self):
        create_series = pb.series_service.CreateSeriesRequest(
            series=self._invitation.series(), request_id=new_request_id()
        )
        series = insist(self._suite.series.CreateSeries, create_series, STAFF)
        get_series = pb.series_service.GetSeriesRequest(name=series.name)
        self._refused(self._suite.series.GetSeries, get_series, None, "RESOURCE_NOT_FOUND")
        for key, story in self.stories.items():
            create_session = pb.session_service.CreateSessionRequest(
                session=self._invitation.session(key, series.name), request_id=new_request_id()
            )
            story.session = insist(self._suite.sessions.CreateSession, create_session, STAFF)
            story.book = Book(story.session.capacity)
            closes = _utc(story.session.window.deadline.closes_before)
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
        call(self._suite.series.GetSeries, get_series)
        self._progress(f"Published: {self._invitation.title}, {len(self.stories)} sessions.")

    def _come_too_early(self):
        party = self._inventor.party("antwerpen-1", 1, "ANT", self._now)
        told = self._refused_registration(party, "REGISTRATION_NOT_OPEN")
        require(
            instant(told.metadata["opens"]) == self._invitation.opens,
            f"registration is said to open at {told.metadata['opens']}",
        )

    def _register(self, party):
        """Somebody registers, and now and then repeats it, unsure whether it arrived."""
        story = self.stories[party.session]
        answer = self._call_now_and_then_twice(
            story, self._suite.registrations.Register, self._request(party), party.email
        )
        entry = story.book.enter(answer)
        require(
            _utc(answer.receive_time) == self._now,
            f"{answer.name} is said to have come at {_utc(answer.receive_time)}, not {self._now}",
        )
        require(
            list(answer.marks) == self._marks(story, party),
            f"{answer.name} has the marks {answer.marks}",
        )
        if party.region not in story.facts.regions:
            story.outside_region += entry.seats
        story.book.compare(self._read(story))
        seated = entry.state == CONFIRMED
        self._tell_of(entry, "REGISTRATION_CONFIRMED" if seated else "REGISTRATION_WAITLISTED")

    def _marks(self, story, party):
        marks = []
        if party.region not in story.facts.regions:
            marks.append(pb.registration.Registration.MARK_OUTSIDE_REGION)
        if any(each.audience not in self._invitation.audiences for each in party.attendees):
            marks.append(pb.registration.Registration.MARK_OUTSIDE_AUDIENCE)
        return marks

    def _try_both(self, party):
        self._refused_registration(self._again(party, "antwerpen-2"), "CHOICE_TAKEN")

    def _change_over(self, party):
        story = self.stories[party.session]
        self._give_up(
            story, next(each for each in story.book.entries.values() if each.email == party.email)
        )
        self._register(self._again(party, "antwerpen-2"))

    def _register_twice(self, party):
        self._refused_registration(self._again(party, party.session), "ALREADY_REGISTERED")

    def _again(self, party, session):
        """The same people, later: another intention."""
        return Party(session, party.region, party.attendees, self._now)

    def _somebody_gives_up(self, story):
        seated = [each for each in story.book.entries.values() if each.state == CONFIRMED]
        self._give_up(story, self._random.choice(seated))

    def _somebody_leaves_the_line(self, story):
        if story.book.line:
            self._give_up(story, story.book.line[-1])

    def _give_up(self, story, entry):
        request = pb.registration_service.CancelRegistrationRequest(
            name=entry.name, request_id=new_request_id()
        )
        answer = self._call_now_and_then_twice(
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
                (moved.state, _utc(moved.confirm_time)) == (CONFIRMED, self._now),
                f"{each.name} was first in line when seats came free; its state is {moved.state}",
            )
            story.moved_up += each.seats
            self._tell_of(each, "REGISTRATION_PROMOTED")
        story.book.compare(self._read(story))

    def _close(self, story):
        book = story.book
        self._progress(
            f"{story.title} is closed: {book.confirmed} of {book.capacity} seats taken, "
            f"{book.waiting} people waiting{self._why_not_seated(book)}."
        )

    @staticmethod
    def _why_not_seated(book):
        if not book.line or book.confirmed == book.capacity:
            return ""
        return f", the first of them a party of {book.line[0].seats}"

    def _come_late(self, story, follow):
        """A latecomer is told what would fit, and may go there."""
        party = self._inventor.party(story.facts.key, 1, story.facts.regions[0], self._now)
        told = self._refused_registration(party, "REGISTRATION_CLOSED")
        require(
            instant(told.metadata["closed"]) == story.facts.closes,
            f"{story.session.name} is said to have closed at {told.metadata['closed']}",
        )
        fitting = {
            each.session.name: each
            for each in self.stories.values()
            if self._now < each.facts.closes and each.book.has_room(1)
        }
        named = told.metadata.get("fits")
        require(
            named in fitting if fitting else named is None,
            f"a latecomer is sent to {named}, where {sorted(fitting)} would fit",
        )
        if fitting and follow:
            self._register(self._again(party, fitting[named].facts.key))
            self._progress(f"  A latecomer went to {fitting[named].title} instead.")

    def _begin(self, story):
        """From now on nobody gives up a seat: what happens is attendance."""
        entry = next(each for each in story.book.entries.values() if each.state == CONFIRMED)
        cancel = pb.registration_service.CancelRegistrationRequest(
            name=entry.name, request_id=new_request_id()
        )
        self._refused(
            self._suite.registrations.CancelRegistration,
            cancel,
            person(entry.email),
            "SESSION_BEGUN",
        )
        self._progress(f"{story.title} begins with {story.book.confirmed} people.")

    # How it is said and seen.

    def _request(self, party):
        return pb.registration_service.RegisterRequest(
            parent=self.stories[party.session].session.name,
            registration=party.registration(),
            request_id=party.request_id,
        )

    def _call_now_and_then_twice(self, story, method, request, email):
        """Calls; one in six does so twice, which must change nothing."""
        answer = insist(method, request, person(email))
        if self._random.randrange(6) == 0:
            story.repeated += 1
            again = insist(method, request, person(email))
            require(
                again == answer,
                f"{answer.name}: repeated with its request_id, it got another answer",
            )
        return answer

    def _refused_registration(self, party, reason):
        told = self._refused(
            self._suite.registrations.Register, self._request(party), person(party.email), reason
        )
        self.stories[party.session].refused[reason] += len(party.attendees)
        return told

    @staticmethod
    def _refused(method, request, caller, reason):
        """Calls what must be refused for this reason."""
        try:
            insist(method, request, caller)
        except grpc.RpcError as error:
            told = refusal.read(error)
            require(told.reason == reason, f"refused with {told}, where {reason} is due")
            return told
        require(False, f"{type(request).__name__} was accepted, where {reason} is due")
        return None

    def _read(self, story):
        get = pb.session_service.GetSessionRequest(name=story.session.name)
        return insist(self._suite.sessions.GetSession, get)

    def _compare(self, story):
        request = pb.registration_service.ListRegistrationsRequest(
            parent=story.session.name, page_size=20
        )
        story.book.compare_all(
            every_page(self._suite.registrations.ListRegistrations, request, "registrations", STAFF)
        )
        story.session = self._read(story)
        story.book.compare(story.session)

    def _tell_of(self, entry, purpose):
        self.mails[purpose] += len(entry.recipients)
        self.mails_to.update(entry.recipients)

    def _progress(self, text):
        self._tell(f"{self._now.astimezone(BRUSSELS):%Y-%m-%d %H:%M}  {text}")


def _utc(timestamp):
    return timestamp.ToDatetime(tzinfo=datetime.timezone.utc)
