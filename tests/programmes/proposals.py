"""Joint proposals: a lead begins one, asks partners along and submits it before the gate closes."""

import collections
import hashlib

from tests.programmes import facts, pb
from tests.programmes.book import require
from tests.programmes.calls import compare_gate
from tests.programmes.joint import ACCEPTED, DECLINED, INVITED, Joint
from tests.programmes.suite import (
    STAFF,
    call,
    every_page,
    insist,
    insist_until_heard,
    new_request_id,
)

PROPOSAL = pb.call.Milestone.GATE_PROPOSAL
_DRAFT = pb.proposal.Proposal.STATE_DRAFT
_SUBMITTED = pb.proposal.Proposal.STATE_SUBMITTED


class Proposals:
    """The proposals of one call, and what came of its invitations."""

    def __init__(self, programme, of_call, questions, answers):
        self._programme = programme
        self._suite = programme.suite
        self._agenda = programme.agenda
        self._questions = [each["id"] for each in questions]
        self._answers = answers
        self.call = of_call
        self.joints = []
        self.refused = collections.Counter()
        self.partners = collections.Counter()
        self.hidden = 0
        self.repeated = 0

    # Writing.

    def draft(self, lead, track, title, sheet=None):
        """The lead's signatory begins a proposal, of which nobody else knows.

        `sheet`: the idea that it comes from, if any.
        """
        idea = sheet.message.name if sheet else ""
        request = pb.proposal_service.CreateProposalRequest(
            proposal={
                "track": self.call.track(track),
                "lead": lead.name,
                "idea": idea,
                "title": title,
                "contact": lead.signatory.message(),
                "answers": [self._answer(self._questions[0])],
            },
            request_id=new_request_id(),
        )
        joint = Joint(
            self._write(self._suite.proposals.CreateProposal, request, lead.signatory.caller),
            lead,
            sheet,
        )
        require(
            (joint.message.state, joint.message.idea, joint.message.reference)
            == (_DRAFT, idea, ""),
            f"{joint.name} is no draft of {idea or 'no idea'}",
        )
        self.joints.append(joint)
        self._hidden_from(joint, STAFF)
        return joint

    def invite(self, joint, member):
        """The lead asks a member along, which knows of its invitation alone."""
        request = pb.proposal_service.InvitePartnerRequest(
            name=joint.name, organisation=member.name, request_id=new_request_id()
        )
        joint.message = self._write(self._suite.proposals.InvitePartner, request, joint.caller)
        joint.partners[member.name] = member
        joint.states[member.name] = INVITED
        self._compare_partners(joint)
        self.partners["invited"] += 1
        self._programme.tell_of(joint.name, "PARTNER_INVITED", [member.mailbox])
        get = pb.proposal_service.GetInvitationRequest(name=joint.message.partners[-1].invitation)
        invitation = insist_until_heard(
            self._suite.proposals.GetInvitation, get, member.signatory.caller
        )
        require(
            (invitation.organisation, invitation.title, invitation.state)
            == (member.name, joint.message.title, INVITED),
            f"{invitation.name} says {invitation.title}, in state {invitation.state}",
        )
        self._hidden_from(joint, member.signatory.caller)

    def answer(self, joint, member, accept):
        """The invited member's signatory answers; the lead's contact is told."""
        request = pb.proposal_service.AnswerInvitationRequest(
            name=joint.name,
            organisation=member.name,
            accept=accept,
            request_id=new_request_id(),
        )
        invitation = self._write(
            self._suite.proposals.AnswerInvitation, request, member.signatory.caller
        )
        joint.states[member.name] = ACCEPTED if accept else DECLINED
        answer = "accepted" if accept else "declined"
        self.partners[answer] += 1
        require(
            invitation.state == joint.states[member.name],
            f"{invitation.name} was {answer} and is in state {invitation.state}",
        )
        self._read(joint)
        self._compare_partners(joint)
        if not accept:
            self._hidden_from(joint, member.signatory.caller)
        self._programme.tell_of(
            joint.name, f"INVITATION_{answer.upper()}", [joint.lead.signatory.email]
        )

    def remove(self, joint, member):
        """The lead takes a member off that has not answered, which is told."""
        request = pb.proposal_service.RemovePartnerRequest(
            name=joint.name, organisation=member.name, request_id=new_request_id()
        )
        joint.message = self._write(self._suite.proposals.RemovePartner, request, joint.caller)
        del joint.states[member.name]
        self._compare_partners(joint)
        self._tell_withdrawn(joint, member)

    def complete(self, joint):
        """The lead answers the questions that are still open."""
        joint.message = self._update(
            joint.caller, joint.message, answers=[self._answer(each) for each in self._questions]
        )

    def edit_together(self, joint, partner):
        """Two edit one copy: of both is kept what differs, and of what is the same the first."""
        both = joint.message
        others = partner.signatory.caller
        title = both.title + ", samen gedragen"
        answer = self._answer(self._questions[0], "Na overleg met de partners. ")
        self._update(joint.lead.editor.caller, both, title=title)
        joint.message = self._update(others, both, answers=[answer])
        require(
            joint.message.title == title and answer in joint.message.answers,
            f"{joint.name} lost what one of two people changed",
        )
        stale = pb.proposal_service.UpdateProposalRequest(
            proposal={"name": joint.name, "etag": both.etag, "title": "Een derde titel"},
            update_mask={"paths": ["title"]},
            request_id=new_request_id(),
        )
        told = self._refused(self._suite.proposals.UpdateProposal, stale, others, "EDIT_CONFLICT")
        require(
            (told.metadata["given"], told.metadata["current"]) == ("Een derde titel", title),
            f"the conflict tells {told.metadata}",
        )
        self._agenda.progress(
            f'Two organisations edit "{title}" at once: both texts are kept, and of two titles '
            "the first."
        )

    # Submitting.

    def submit(self, joint):
        """The lead's signatory submits; its contact and the partners are told."""
        answer = self._write(
            self._suite.proposals.SubmitProposal, self._submission(joint), joint.caller
        )
        first = not joint.receipts
        require(
            (answer.state, answer.version, facts.utc(answer.submit_time))
            == (_SUBMITTED, len(joint.receipts) + 1, self._agenda.now),
            f"{answer.name} is in state {answer.state}, version {answer.version}, "
            f"of {facts.utc(answer.submit_time)}",
        )
        require(
            answer.reference.startswith(self.call.message.reference_prefix + "-")
            and (first or answer.reference == joint.message.reference),
            f"{answer.name} has the reference {answer.reference}",
        )
        joint.message = answer
        joint.leave_out()
        self._compare_partners(joint)
        joint.receipts.append(self._receipt(joint))
        partners = [each.mailbox for each in joint.accepted]
        self._programme.tell_of(
            joint.name, "PROPOSAL_SUBMITTED", [joint.lead.signatory.email, *partners]
        )
        seen = call(self._suite.proposals.GetProposal, self._get(joint), STAFF)
        require(
            (seen.state, seen.title, seen.version) == (_SUBMITTED, answer.title, answer.version),
            f"staff see {seen.name} in state {seen.state}, version {seen.version}",
        )
        again = "" if first else f", version {answer.version}"
        self._agenda.progress(
            f"Proposal {answer.reference}{again}: {answer.title} ({joint.lead.title})."
        )

    def submit_with_open_partners(self, joint):
        """A submit before everybody has answered is refused, and the refusal names who has not."""
        told = self._refuse_submit(joint, "PARTNERS_OPEN")
        silent = joint.silent
        require(
            told.metadata["organisation"] in {each.name for each in silent},
            f"the refusal names {told.metadata['organisation']}",
        )
        titles = ", ".join(each.title for each in silent)
        self._agenda.progress(
            f'"{joint.message.title}" cannot be submitted: {titles} has not answered.'
        )
        return silent

    def submit_incomplete(self, joint):
        """So is one with a question left open."""
        self._refuse_submit(joint, "FIELD_MISSING")
        self._agenda.progress(
            f'"{joint.message.title}" cannot be submitted: a question has no answer.'
        )

    def submit_outdated(self, joint, read):
        """So is one of a text that others have changed since it was read; nothing changes."""
        seen = joint.message
        submission = pb.proposal_service.SubmitProposalRequest(
            name=joint.name, etag=read.etag, request_id=new_request_id()
        )
        self._refused(
            self._suite.proposals.SubmitProposal, submission, joint.caller, "ETAG_STALE"
        )
        self._read(joint)
        require(joint.message == seen, f"{joint.name} has changed, though it was not submitted")
        self._agenda.progress(
            f'"{seen.title}" cannot be submitted as it was before: it has to be read again.'
        )

    def submit_too_late(self, joint):
        """So is one after the deadline; it stays a draft."""
        told = self._refuse_submit(joint, "GATE_CLOSED")
        compare_gate(told, self.call.gate(0, PROPOSAL))
        self._agenda.progress(f'"{joint.message.title}" comes too late, and is refused.')

    def withdraw(self, joint):
        """The lead's signatory takes it back; members that have not answered are told."""
        request = pb.proposal_service.WithdrawProposalRequest(
            name=joint.name, request_id=new_request_id()
        )
        joint.message = self._write(self._suite.proposals.WithdrawProposal, request, joint.caller)
        require(
            joint.withdrawn,
            f"{joint.name} was taken back and is in state {joint.message.state}",
        )
        for member in joint.silent:
            del joint.states[member.name]
            self._tell_withdrawn(joint, member)
        self._compare_partners(joint)
        self._agenda.progress(f'"{joint.message.title}" is taken back.')

    # What must be so.

    def compare(self):
        """Staff see what was submitted, as it was; leads see all that is theirs."""
        request = pb.proposal_service.ListProposalsRequest(
            page_size=3, filter=f'call = "{self.call.name}"'
        )
        listed = every_page(self._suite.proposals.ListProposals, request, "proposals", STAFF)
        seen = {each.name: (each.state, each.version, each.reference) for each in listed}
        due = {
            each.name: (each.message.state, each.message.version, each.message.reference)
            for each in self.joints
            if each.receipts
        }
        require(seen == due, f"staff see the proposals {seen}, where {due} is due")
        for joint in self.joints:
            before = joint.message
            self._read(joint)
            require(joint.message == before, f"{joint.name} has changed")
            listed = pb.proposal_service.ListReceiptsRequest(parent=joint.name)
            receipts = call(self._suite.proposals.ListReceipts, listed, joint.caller).receipts
            require(list(receipts) == joint.receipts, f"{joint.name} has other receipts")

    def _receipt(self, joint):
        """The receipt of the last submit, which proves what was answered then."""
        get = pb.proposal_service.GetReceiptRequest(
            name=f"{joint.name}/receipts/{joint.message.version}"
        )
        receipt = insist(self._suite.proposals.GetReceipt, get, joint.caller)
        text = pb.proposal.Proposal()
        text.CopyFrom(joint.message)
        text.ClearField("etag")
        digest = hashlib.sha256(text.SerializeToString(deterministic=True)).hexdigest()
        partners = [each.name for each in joint.accepted]
        require(
            (receipt.digest, receipt.reference, list(receipt.partners), list(receipt.marks))
            == (digest, joint.message.reference, partners, []),
            f"{receipt.name} proves something else than what was submitted",
        )
        return receipt

    def _compare_partners(self, joint):
        seen = {each.organisation: each.state for each in joint.message.partners}
        require(seen == joint.states, f"{joint.name} has the partners {seen}, not {joint.states}")

    def _hidden_from(self, joint, caller):
        self.hidden += 1
        self._programme.refused(
            self._suite.proposals.GetProposal, self._get(joint), caller, "RESOURCE_NOT_FOUND"
        )

    # How it is said.

    def _write(self, method, request, caller):
        answer, twice = self._programme.now_and_then_twice(
            method, request, caller, insist_until_heard
        )
        self.repeated += twice
        return answer

    def _update(self, caller, read, **fields):
        request = pb.proposal_service.UpdateProposalRequest(
            proposal={"name": read.name, "etag": read.etag, **fields},
            update_mask={"paths": [_path(key, value) for key, value in fields.items()]},
            request_id=new_request_id(),
        )
        return self._write(self._suite.proposals.UpdateProposal, request, caller)

    def _refuse_submit(self, joint, reason):
        return self._refused(
            self._suite.proposals.SubmitProposal, self._submission(joint), joint.caller, reason
        )

    def _refused(self, method, request, caller, reason):
        self.refused[reason] += 1
        return self._programme.refused(method, request, caller, reason)

    def _tell_withdrawn(self, joint, member):
        self.partners["withdrawn"] += 1
        joint.taken_off.append(member)
        self._programme.tell_of(joint.name, "INVITATION_WITHDRAWN", [member.mailbox])

    def _read(self, joint):
        joint.message = insist(self._suite.proposals.GetProposal, self._get(joint), joint.caller)

    def _answer(self, question, before=""):
        text = before + self._programme.random.choice(self._answers)
        return pb.form.Answer(question_id=question, text=text)

    @staticmethod
    def _get(joint):
        return pb.proposal_service.GetProposalRequest(name=joint.name)

    def _submission(self, joint):
        self._read(joint)
        return pb.proposal_service.SubmitProposalRequest(
            name=joint.name, etag=joint.message.etag, request_id=new_request_id()
        )


def _path(key, value):
    """The path of one answer alone, where only one is changed."""
    return f"answers.{value[0].question_id}" if key == "answers" and len(value) == 1 else key
