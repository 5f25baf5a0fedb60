"""Whose mandate was taken back does nothing more in an organisation's name."""

import concurrent.futures
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
    """What somebody tries as soon as the mandate is gone: each has to be refused."""

    def __init__(self, scene, seen, partner):
        self._proposals = scene.suite.proposals
        self._seen = seen
        self._partner = partner

    def make(self, email):
        """Edits, submits, and consents for a partner; how many were allowed."""
        return sum(
            self._allowed(method, request, email)
            for method, request in (
                (self._proposals.UpdateProposal, self._edit()),
                (self._proposals.SubmitProposal, self._submit()),
                (self._proposals.AnswerInvitation, self._consent()),
            )
        )

    def _edit(self):
        proposal = pb.proposal.Proposal(
            name=self._seen.name, etag=self._seen.etag, title="Van iemand anders"
        )
        return pb.proposal_service.UpdateProposalRequest(
            proposal=proposal, update_mask={"paths": ["title"]}, request_id=new_request_id()
        )

    def _submit(self):
        return pb.proposal_service.SubmitProposalRequest(
            name=self._seen.name, etag=self._seen.etag, request_id=new_request_id()
        )

    def _consent(self):
        return pb.proposal_service.AnswerInvitationRequest(
            name=self._seen.name,
            organisation=self._partner.name,
            accept=True,
            request_id=new_request_id(),
        )

    @staticmethod
    def _allowed(method, request, email):
        try:
            call(method, request, person(email))
        except grpc.RpcError as error:
            reason = refusal.read(error).reason
            # Too busy to ask the register within its 300 ms is a refusal too.
            assert reason in (*_REFUSALS, "DEPENDENCY_AWAY"), error
            return False
        return True


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(100, id="quick"),
        pytest.param(3334, id="many", marks=pytest.mark.long),
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
    attempts = _Attempts(scene, seen, partner)

    def come_and_go(number):
        email = f"weg.{number}@example.org"
        for organisation in (lead, partner):
            _revoke(scene, _mandated(scene, organisation, email))
        return attempts.make(email)

    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as workers:
        allowed = sum(workers.map(come_and_go, range(rounds)))
    print(f"{3 * rounds} attempts, {allowed} allowed")
    assert allowed == 0
    now = read(scene, seen, "blijft@example.org")
    assert (now.title, now.state, now.etag) == (seen.title, seen.state, seen.etag)


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
