"""What somebody took while signed in is their account's, whoever has the address later."""

import pytest

from deploy.local.channel import bearer
from tests.functional.copies import wait_for_copy
from tests.functional.refused import refused
from tests.functional.register import enter, invite
from tests.functional.scene import a_request
from tests.functional.test_proposals import publish_call
from tests.programmes import pb
from tests.programmes.suite import OFFICER, call, insist, new_request_id, person

_OLD, _NEW = "an.oud@example.org", "an.nieuw@example.org"


class _Somebody:
    """Calls with a token of any account and address."""

    def __init__(self, issuer, account, email):
        claims = issuer.claims(person(email)) | {"sub": account}
        self._metadata = bearer(issuer.sign(issuer.header(), claims))

    def __call__(self, method, request):
        return method(request, metadata=self._metadata, timeout=10)


@pytest.fixture(scope="module")
def people(scene):
    """An as she was, as she is after her address changed, and who has the old address now."""
    issuer = scene.stack.issuer
    return (
        _Somebody(issuer, "account-a", _OLD),
        _Somebody(issuer, "account-a", _NEW),
        _Somebody(issuer, "account-b", _OLD),
    )


def test_a_mandate_is_the_account_that_accepted_it(scene, people):
    before, after, successor = people
    organisation = enter(scene, 6101)
    mandate = invite(scene, organisation, _OLD, pb.mandate.Mandate.ROLE_EDITOR)
    accept = pb.mandate_service.AcceptMandateRequest(
        name=mandate.name, request_id=new_request_id()
    )
    before(scene.suite.mandates.AcceptMandate, accept)
    get = pb.mandate_service.GetMandateRequest(name=mandate.name)
    for somebody in (before, after):
        assert somebody(scene.suite.mandates.GetMandate, get).name == mandate.name
    with refused("RESOURCE_NOT_FOUND"):
        successor(scene.suite.mandates.GetMandate, get)

    # In other services too: by the register's word, and by their copy of it.
    create = _proposal(publish_call(scene, "REK22"), organisation)
    with refused("MANDATE_NEEDED"):
        successor(scene.suite.proposals.CreateProposal, create)
    create.request_id = new_request_id()
    proposal = after(scene.suite.proposals.CreateProposal, create)
    wait_for_copy(scene, "proposals")
    read = pb.proposal_service.GetProposalRequest(name=proposal.name)
    for somebody in (before, after):
        assert somebody(scene.suite.proposals.GetProposal, read).name == proposal.name
    with refused("RESOURCE_NOT_FOUND"):
        successor(scene.suite.proposals.GetProposal, read)

    wait_for_copy(scene)
    session = scene.publish(unlimited={})
    for somebody, email, claimed in (
        (before, _OLD, False),
        (after, _NEW, False),
        (successor, _OLD, True),
    ):
        request = a_request(session, email)
        request.registration.organisation = organisation.name
        request.registration.attendees[0].full_name = f"Iemand {new_request_id()}"
        marks = somebody(scene.suite.registrations.Register, request).marks
        assert (pb.registration.Registration.MARK_CLAIMED_ORGANISATION in marks) == claimed


def test_a_registration_is_the_account_that_made_it(scene, people):
    before, after, successor = people
    session = scene.publish()
    made = before(scene.suite.registrations.Register, a_request(session, _OLD))
    get = pb.registration_service.GetRegistrationRequest(name=made.name)
    for somebody in (before, after):
        assert somebody(scene.suite.registrations.GetRegistration, get).name == made.name
    with refused("RESOURCE_NOT_FOUND"):
        successor(scene.suite.registrations.GetRegistration, get)
    every = pb.registration_service.ListRegistrationsRequest(parent=session.name)
    assert after(scene.suite.registrations.ListRegistrations, every).registrations
    assert not successor(scene.suite.registrations.ListRegistrations, every).registrations


def test_what_others_entered_is_found_by_its_address(scene, people):
    before, after, successor = people
    session = scene.publish()
    made = insist(scene.suite.registrations.Register, a_request(session, _OLD), "staff devos")
    get = pb.registration_service.GetRegistrationRequest(name=made.name)
    # Nobody who was signed in has taken it: it is theirs who prove to have the address.
    for somebody in (before, successor):
        assert somebody(scene.suite.registrations.GetRegistration, get).name == made.name
    with refused("RESOURCE_NOT_FOUND"):
        after(scene.suite.registrations.GetRegistration, get)


def test_an_officer_sees_no_keys(scene):
    organisation = enter(scene, 6102)
    mandate = invite(scene, organisation, _NEW, pb.mandate.Mandate.ROLE_VIEWER)
    get = pb.mandate_service.GetMandateRequest(name=mandate.name)
    seen = call(scene.suite.mandates.GetMandate, get, OFFICER)
    assert (seen.person_key, seen.holder_key) == ("", "")


def _proposal(published, organisation):
    return pb.proposal_service.CreateProposalRequest(
        proposal={
            "track": published.tracks[0].name,
            "lead": organisation.name,
            "title": "Samen sterk",
            "contact": {"full_name": "An Peeters", "email": _NEW},
        },
        request_id=new_request_id(),
    )
