"""Calls: published, amended and told to everybody, and the ideas that come in on their tracks."""

import collections
from dataclasses import dataclass

from tests.programmes import facts, pb
from tests.programmes.book import require
from tests.programmes.register import Member
from tests.programmes.suite import (
    STAFF,
    call,
    every_page,
    insist,
    insist_until_heard,
    new_request_id,
)

INTEREST = pb.call.Milestone.GATE_INTEREST
_IDEA = pb.idea.Idea


class Call:
    """One call, of which every organisation of the register is told."""

    def __init__(self, programme, text, invented, register):
        self._programme = programme
        self._suite = programme.suite
        self._agenda = programme.agenda
        self._text = text
        self._invented = invented
        self._register = register
        self.message = None
        self.told = 0
        self.told_of_amendments = []

    @property
    def name(self):
        """Its resource name."""
        return self.message.name

    def track(self, number):
        """The name of a track, counted from 0."""
        return self.message.tracks[number].name

    def gate(self, track, gate):
        """The milestone that gates something on a track: the track's own, else the call's."""
        of_track = self.message.tracks[track].milestones
        found = [each for each in (*of_track, *self.message.milestones) if each.gate == gate]
        return found[0] if found else None

    def publish(self):
        """Staff make it, which nobody else sees, and publish it; everybody is told."""
        create = pb.call_service.CreateCallRequest(
            call=facts.call(self._text, self._invented), request_id=new_request_id()
        )
        draft = insist(self._suite.calls.CreateCall, create, STAFF)
        get = pb.call_service.GetCallRequest(name=draft.name)
        self._programme.refused(self._suite.calls.GetCall, get, None, "RESOURCE_NOT_FOUND")
        publish = pb.call_service.PublishCallRequest(name=draft.name, request_id=new_request_id())
        self.message, _ = self._programme.now_and_then_twice(
            self._suite.calls.PublishCall, publish, STAFF
        )
        require(
            facts.utc(self.message.publish_time) == self._agenda.now,
            f"{self.name} is said to be published at {facts.utc(self.message.publish_time)}",
        )
        self._compare_gates(self._text)
        self.told = self._tell_all("CALL_PUBLISHED")
        self._agenda.progress(
            f"Published: {self.message.title.nl}, {len(self.message.tracks)} tracks; "
            f"{self.told} organisations are told."
        )

    def amend(self, text, reason, diff):
        """Staff add milestones to the whole call; everybody is told what changed, and why.

        `diff`: what the amendment must say.
        """
        amend = pb.call_service.AmendCallRequest(
            call={
                "name": self.name,
                "etag": self.message.etag,
                "milestones": facts.milestones(text),
            },
            update_mask={"paths": ["milestones"]},
            reason={"nl": reason},
            request_id=new_request_id(),
        )
        self.message, _ = self._programme.now_and_then_twice(
            self._suite.calls.AmendCall, amend, STAFF
        )
        amendment = self.message.amendments[-1]
        require(list(amendment.diff) == diff, f"the amendment says {amendment.diff}, not {diff}")
        self._compare_gates(text)
        told = self._tell_all("CALL_AMENDED")
        self.told_of_amendments.append(told)
        self._agenda.progress(f"Amended: {'; '.join(diff)}. {told} organisations are told.")

    def compare(self):
        """It is public, and has stayed as it was last answered."""
        get = pb.call_service.GetCallRequest(name=self.name)
        require(call(self._suite.calls.GetCall, get) == self.message, f"{self.name} has changed")

    def _compare_gates(self, text):
        """Every deadline closes when it was computed to, when its text was read."""
        due = {
            each["id"]: facts.instant(each["when"]["closes_before"])
            for holder in (text, *text.get("tracks", []))
            for each in holder.get("milestones", [])
            if "closes_before" in each["when"]
        }
        seen = {
            each.id: facts.utc(each.when.deadline.closes_before)
            for holder in (self.message, *self.message.tracks)
            for each in holder.milestones
            if each.when.HasField("deadline")
        }
        require(seen == due, f"the deadlines of {self.name} are {seen}, not {due}")

    def _tell_all(self, purpose):
        mailboxes = [each.mailbox for each in self._register.members]
        self._programme.tell_of(self.name, purpose, mailboxes)
        return len(mailboxes)


@dataclass
class Sheet:
    """An idea sheet that was accepted."""

    message: pb.idea.Idea
    member: Member

    @property
    def late(self):
        """Whether it came after a soft deadline."""
        return _IDEA.MARK_LATE in self.message.marks

    @property
    def withdrawn(self):
        """Whether it was taken back."""
        return self.message.state == _IDEA.STATE_WITHDRAWN


class Ideas:
    """The ideas of one call."""

    def __init__(self, programme, of_call, question, answers):
        self._programme = programme
        self._suite = programme.suite
        self._agenda = programme.agenda
        self._question = question
        self._answers = answers
        self.call = of_call
        self.sheets = []
        self.refused = collections.Counter()
        self.repeated = 0

    def submit(self, member, track, title):
        """The member's signatory hands an idea in; the sheet."""
        request = self._request(member, track, title)
        answer, twice = self._programme.now_and_then_twice(
            self._suite.ideas.SubmitIdea, request, member.signatory.caller, insist_until_heard
        )
        self.repeated += twice
        require(
            (answer.state, facts.utc(answer.receive_time))
            == (_IDEA.STATE_SUBMITTED, self._agenda.now),
            f"{answer.name} is in state {answer.state}, of {facts.utc(answer.receive_time)}",
        )
        gate = self.call.gate(track, INTEREST)
        late = gate and self._agenda.now >= facts.utc(gate.when.deadline.closes_before)
        marks = [_IDEA.MARK_LATE] if late else []
        require(list(answer.marks) == marks, f"{answer.name} has the marks {answer.marks}")
        prefix = self.call.message.reference_prefix
        require(
            answer.reference.startswith(prefix + "-"),
            f"{answer.name} has the reference {answer.reference}",
        )
        sheet = Sheet(answer, member)
        self.sheets.append(sheet)
        self._programme.tell_of(answer.name, "IDEA_RECEIVED", [member.signatory.email])
        self._agenda.progress(
            f"Idea {answer.reference}: {title} ({member.title}){', late' if late else ''}."
        )
        return sheet

    def submit_too_late(self, member, track, title):
        """After a hard gate an idea is refused, and the refusal says when it closed."""
        told = self._programme.refused(
            self._suite.ideas.SubmitIdea,
            self._request(member, track, title),
            member.signatory.caller,
            "GATE_CLOSED",
        )
        self.refused["GATE_CLOSED"] += 1
        compare_gate(told, self.call.gate(track, INTEREST))
        self._agenda.progress(f"{member.title} comes too late with an idea, and is refused.")

    def submit_unmandated(self, member, somebody, track, title):
        """Somebody who may not act for the member is refused."""
        self._programme.refused(
            self._suite.ideas.SubmitIdea,
            self._request(member, track, title),
            somebody.caller,
            "MANDATE_NEEDED",
        )
        self.refused["MANDATE_NEEDED"] += 1

    def withdraw(self, number):
        """An idea is taken back, for good."""
        sheet = self.sheets[number]
        request = pb.idea_service.WithdrawIdeaRequest(
            name=sheet.message.name, request_id=new_request_id()
        )
        sheet.message, _ = self._programme.now_and_then_twice(
            self._suite.ideas.WithdrawIdea, request, sheet.member.signatory.caller
        )
        require(
            sheet.message.state == _IDEA.STATE_WITHDRAWN,
            f"{sheet.message.name} was taken back and is in state {sheet.message.state}",
        )
        self._agenda.progress(f"Idea {sheet.message.reference} is taken back.")

    def compare(self):
        """What staff see is what was handed in; who has no mandate sees none."""
        request = pb.idea_service.ListIdeasRequest(page_size=5, filter=f'call = "{self.call.name}"')
        listed = every_page(self._suite.ideas.ListIdeas, request, "ideas", STAFF)
        seen = {each.name: (each.state, list(each.marks), each.reference) for each in listed}
        due = {
            each.message.name: (
                each.message.state,
                list(each.message.marks),
                each.message.reference,
            )
            for each in self.sheets
        }
        require(seen == due, f"the ideas are {seen}, where {due} is due")
        require(
            len({each[2] for each in seen.values()}) == len(seen), "two ideas have one reference"
        )
        get = pb.idea_service.GetIdeaRequest(name=self.sheets[0].message.name)
        stranger = self.sheets[1].member.signatory
        self._programme.refused(
            self._suite.ideas.GetIdea, get, stranger.caller, "RESOURCE_NOT_FOUND"
        )

    def _request(self, member, track, title):
        return pb.idea_service.SubmitIdeaRequest(
            idea={
                "track": self.call.track(track),
                "organisation": member.name,
                "title": title,
                "contact": member.signatory.message(),
                "answers": [
                    {
                        "question_id": self._question["id"],
                        "text": self._programme.random.choice(self._answers),
                    }
                ],
            },
            request_id=new_request_id(),
        )


def compare_gate(told, gate):
    """A refusal after a deadline says which and when."""
    closed = facts.utc(gate.when.deadline.closes_before)
    require(
        (told.metadata["milestone"], facts.instant(told.metadata["closed"])) == (gate.id, closed),
        f"told of {told.metadata}, where {gate.id} has closed at {closed}",
    )
