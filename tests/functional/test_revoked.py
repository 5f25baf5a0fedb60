"""Whose mandate was taken back does nothing more in an organisation's name."""

import concurrent.futures
import itertools
import statistics
import time

import grpc
import pytest

from tests.functional.register import accept, enter, invite
from tests.functional.scene import a_request
from tests.functional.test_proposals import draft, publish_call, read
from tests.programmes import pb, refusal
from tests.programmes.suite import OFFICER, call, insist, new_request_id, person

_EDITOR = pb.mandate.Mandate.ROLE_EDITOR
_SIGNATORY = pb.mandate.Mandate.ROLE_SIGNATORY
_CLAIMED = pb.registration.Registration.MARK_CLAIMED_ORGANISATION
_WORKERS = 4
# Who acts for nobody is told no more than that.
_REFUSALS = ("RESOURCE_NOT_FOUND", "MANDATE_NEEDED")
# Too busy to ask the register within its 300 ms is a refusal too.
_BUSY = "DEPENDENCY_AWAY"


def _mandated(scene, organisation, email, role=_SIGNATORY):
    mandate = invite(scene, organisation, email, role)
    accept(scene, mandate, email)
    return mandate


def _revoke(scene, mandate):
    request = pb.mandate_service.RevokeMandateRequest(
        name=mandate.name, request_id=new_request_id()
    )
    return insist(scene.suite.mandates.RevokeMandate, request, OFFICER)


class _Attempts:
    """What somebody tries as soon as the mandate is gone, which is everything that is written in an
    organisation's name: each has to be refused."""

    def __init__(self, scene, seen, partner, idea):
        self._suite = scene.suite
        self._seen = seen
        self._partner = partner
        self._idea = idea

    def make(self, email):
        """How each came out, by reason; "" for what was allowed."""
        return [
            self._outcome(method, request, email)
            for method, request in (*self._as_the_lead(), *self._with_ideas())
        ]

    def _as_the_lead(self):
        proposals, messages = self._suite.proposals, pb.proposal_service
        title = pb.proposal.Proposal(
            name=self._seen.name, etag=self._seen.etag, title="Van iemand anders"
        )
        partner = {"name": self._seen.name, "organisation": self._partner.name}
        yield proposals.CreateProposal, messages.CreateProposalRequest(
            proposal=pb.proposal.Proposal(
                track=self._seen.track,
                lead=self._seen.lead,
                title="Nog een",
                contact=self._seen.contact,
            )
        )
        yield proposals.UpdateProposal, messages.UpdateProposalRequest(
            proposal=title, update_mask={"paths": ["title"]}
        )
        yield proposals.SubmitProposal, messages.SubmitProposalRequest(
            name=self._seen.name, etag=self._seen.etag
        )
        yield proposals.WithdrawProposal, messages.WithdrawProposalRequest(name=self._seen.name)
        yield proposals.InvitePartner, messages.InvitePartnerRequest(**partner)
        yield proposals.RemovePartner, messages.RemovePartnerRequest(**partner)
        yield proposals.AnswerInvitation, messages.AnswerInvitationRequest(accept=True, **partner)

    def _with_ideas(self):
        ideas, messages = self._suite.ideas, pb.idea_service
        yield ideas.SubmitIdea, messages.SubmitIdeaRequest(idea=an_idea(self._idea))
        yield ideas.WithdrawIdea, messages.WithdrawIdeaRequest(name=self._idea.name)

    @staticmethod
    def _outcome(method, request, email):
        request.request_id = new_request_id()
        try:
            call(method, request, person(email))
        except grpc.RpcError as error:
            reason = refusal.read(error).reason
            assert reason in (*_REFUSALS, _BUSY), error
            return reason
        return ""


def an_idea(like):
    """What can be handed in, for the organisation and the track of another idea."""
    return pb.idea.Idea(
        track=like.track, organisation=like.organisation, title="Samen", contact=like.contact
    )


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(34, id="quick"),
        pytest.param(1112, id="many", marks=pytest.mark.long),
    ],
)
def test_nothing_is_written_with_a_mandate_that_was_taken_back(start, rounds):
    scene = start()
    lead, partner = enter(scene, 1), enter(scene, 2)
    published = publish_call(scene, "WEG22")
    _mandated(scene, lead, "blijft@example.org")
    seen = draft(scene, published, lead, "blijft@example.org")
    invite_partner = pb.proposal_service.InvitePartnerRequest(
        name=seen.name, organisation=partner.name, request_id=new_request_id()
    )
    insist(scene.suite.proposals.InvitePartner, invite_partner, person("blijft@example.org"))
    seen = _when_heard(scene, seen, "blijft@example.org")
    attempts = _Attempts(scene, seen, partner, _hand_in(scene, seen))

    def come_and_go(number):
        email = f"weg.{number}@example.org"
        for organisation in (lead, partner):
            _revoke(scene, _mandated(scene, organisation, email))
        return attempts.make(email)

    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as workers:
        outcomes = list(itertools.chain.from_iterable(workers.map(come_and_go, range(rounds))))
    print(f"{len(outcomes)} attempts, {outcomes.count('')} allowed")
    assert outcomes.count("") == 0
    assert outcomes.count(_BUSY) < len(outcomes) / 2, "the register has hardly answered"
    now = read(scene, seen, "blijft@example.org")
    assert (now.title, now.state, now.etag) == (seen.title, seen.state, seen.etag)


def _hand_in(scene, like):
    """An idea of the organisation that leads a proposal, on its track."""
    idea = pb.idea.Idea(
        track=like.track,
        organisation=like.lead,
        title="Samen",
        contact={"full_name": "An Peeters", "email": "blijft@example.org"},
    )
    request = pb.idea_service.SubmitIdeaRequest(idea=idea, request_id=new_request_id())
    return insist(scene.suite.ideas.SubmitIdea, request, person("blijft@example.org"))


def _when_heard(scene, proposal, email):
    end = time.monotonic() + 30
    while True:
        try:
            return read(scene, proposal, email)
        except grpc.RpcError as error:
            assert refusal.read(error).reason in _REFUSALS and time.monotonic() < end, error


def test_registering_for_an_organisation_is_a_claim_once_the_revocation_was_heard(start):
    scene = start(services=["organisations", "events"])
    organisation = enter(scene, 1)
    session = scene.publish(unlimited={})
    windows = []
    for number in range(20):
        email = f"komt.{number}@example.org"
        mandate = _mandated(scene, organisation, email, _EDITOR)
        _register_until(scene, session, organisation, email, claimed=False)
        _revoke(scene, mandate)
        revoked = time.monotonic()
        _register_until(scene, session, organisation, email, claimed=True)
        windows.append(time.monotonic() - revoked)
        # Once heard, it stays so.
        for _ in range(5):
            assert _is_claim(_register(scene, session, organisation, email))
    print(
        f"from revocation to claim: median {statistics.median(windows) * 1000:.0f} ms, "
        f"longest {max(windows) * 1000:.0f} ms"
    )


def _register(scene, session, organisation, email):
    request = a_request(session, email)
    request.registration.organisation = organisation.name
    request.registration.attendees[0].full_name = f"Iemand {new_request_id()}"
    return insist(scene.suite.registrations.Register, request, person(email))


def _is_claim(registration):
    return _CLAIMED in registration.marks


def _register_until(scene, session, organisation, email, claimed):
    end = time.monotonic() + 30
    while _is_claim(_register(scene, session, organisation, email)) != claimed:
        assert time.monotonic() < end, "the copy of the register does not follow"
