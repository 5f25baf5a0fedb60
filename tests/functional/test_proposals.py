"""A call from its publication to submitted proposals, by the real services."""

import grpc
import pytest

from tests.functional.refused import refused
from tests.functional.register import accept, enter, invite
from tests.functional.scene import wait_until
from tests.programmes import pb, refusal
from tests.programmes.suite import STAFF, call, insist, new_request_id, person

_GATE = pb.call.Milestone


def _deadline(year):
    return {
        "deadline": {
            "date": {"year": year, "month": 9, "day": 9},
            "strictness": pb.when.STRICTNESS_HARD,
            "bound": pb.when.BOUND_INCLUSIVE,
        }
    }


def publish_call(scene, prefix, year=2099):
    """A published call with one track, whose proposals are due on 9 September."""
    draft = insist(
        scene.suite.calls.CreateCall,
        pb.call_service.CreateCallRequest(
            call={
                "title": {"nl": "Reconversie in de jeugdhulp"},
                "goal": {"nl": "Voorstellen rond reconversie"},
                "launch": {"not_known": {}},
                "reference_prefix": prefix,
                "contact_email": "reconversie@example.org",
                "tracks": [{"title": {"nl": "Gezinshuizen"}}],
                "milestones": [
                    {
                        "id": "indienen",
                        "title": {"nl": "Voorstellen indienen"},
                        "when": _deadline(year),
                        "gate": _GATE.GATE_PROPOSAL,
                    }
                ],
            },
            request_id=new_request_id(),
        ),
        STAFF,
    )
    return insist(
        scene.suite.calls.PublishCall,
        pb.call_service.PublishCallRequest(name=draft.name, request_id=new_request_id()),
        STAFF,
    )


def signatory(scene, organisation):
    """The address of somebody who signs for an organisation, as far as proposals knows."""
    email = scene.somebody()
    mandate = invite(scene, organisation, email, pb.mandate.Mandate.ROLE_SIGNATORY)
    accept(scene, mandate, email)
    identifier = mandate.name.rsplit("/", 1)[1]

    def known():
        with scene.database("proposals") as db:
            found = "SELECT 1 FROM directory_mandate WHERE id = %s AND in_force"
            return db.execute(found, [identifier]).fetchone()

    wait_until(known, 30, lambda: "proposals does not know the mandate")
    return email


def draft(scene, published, lead, email, calling=insist):
    """A draft of the lead's."""
    return calling(
        scene.suite.proposals.CreateProposal,
        pb.proposal_service.CreateProposalRequest(
            proposal={
                "track": published.tracks[0].name,
                "lead": lead.name,
                "title": "Samen sterk",
                "contact": {"full_name": "An Peeters", "email": email},
            },
            request_id=new_request_id(),
        ),
        person(email),
    )


def read(scene, proposal, email, calling=call):
    """The copy that is worked on."""
    get = pb.proposal_service.GetProposalRequest(name=proposal.name)
    return calling(scene.suite.proposals.GetProposal, get, person(email))


def submit(scene, seen, email, calling=insist):
    """Submits a proposal as it was read."""
    request = pb.proposal_service.SubmitProposalRequest(
        name=seen.name, etag=seen.etag, request_id=new_request_id()
    )
    return calling(scene.suite.proposals.SubmitProposal, request, person(email))


def test_a_joint_proposal_from_draft_to_receipt(scene):
    published = publish_call(scene, "RECO99")
    lead, partner = enter(scene, 5001), enter(scene, 5002)
    lead_email, partner_email = signatory(scene, lead), signatory(scene, partner)
    proposal = draft(scene, published, lead, lead_email)
    get = pb.proposal_service.GetProposalRequest(name=proposal.name)
    for stranger in (STAFF, person(partner_email), "team dashboard"):
        with refused("RESOURCE_NOT_FOUND"):
            call(scene.suite.proposals.GetProposal, get, stranger)

    insist(
        scene.suite.proposals.InvitePartner,
        pb.proposal_service.InvitePartnerRequest(
            name=proposal.name, organisation=partner.name, request_id=new_request_id()
        ),
        person(lead_email),
    )
    with refused("ETAG_STALE"):
        submit(scene, proposal, lead_email)
    with refused("PARTNERS_OPEN"):
        submit(scene, read(scene, proposal, lead_email), lead_email)
    insist(
        scene.suite.proposals.AnswerInvitation,
        pb.proposal_service.AnswerInvitationRequest(
            name=proposal.name,
            organisation=partner.name,
            accept=False,
            request_id=new_request_id(),
        ),
        person(partner_email),
    )
    submitted = submit(scene, read(scene, proposal, lead_email), lead_email)
    assert submitted.reference.startswith("RECO99-")
    receipts = call(
        scene.suite.proposals.ListReceipts,
        pb.proposal_service.ListReceiptsRequest(parent=proposal.name),
        person(lead_email),
    ).receipts
    assert [each.reference for each in receipts] == [submitted.reference]
    seen = call(scene.suite.proposals.GetProposal, get, STAFF)
    assert seen.state == pb.proposal.Proposal.STATE_SUBMITTED
    with refused("RESOURCE_NOT_FOUND"):
        call(scene.suite.proposals.GetProposal, get, person(partner_email))


def test_a_hard_gate_closes(scene):
    published = publish_call(scene, "RECO20", year=2020)
    lead = enter(scene, 5003)
    with pytest.raises(grpc.RpcError) as caught:
        draft(scene, published, lead, signatory(scene, lead))
    assert refusal.read(caught.value).reason == "GATE_CLOSED"


def test_a_drafts_existence_shows_nowhere(scene):
    published = publish_call(scene, "RECO98")
    lead = enter(scene, 5004)
    email = signatory(scene, lead)
    feed = pb.change.ListChangesRequest(page_size=1000)
    list_changes = scene.as_service("notifications").proposals_changes.ListChanges
    before = call(list_changes, feed).last_position
    proposal = draft(scene, published, lead, email)
    every = pb.proposal_service.ListProposalsRequest(page_size=200)
    own = call(scene.suite.proposals.ListProposals, every, person(email)).proposals
    assert [each.name for each in own] == [proposal.name]
    for stranger in (STAFF, "team dashboard", person(scene.somebody())):
        listed = call(scene.suite.proposals.ListProposals, every, stranger).proposals
        assert proposal.name not in [each.name for each in listed]
    # The next change is the next call's: the draft has left none.
    publish_call(scene, "RECO97")

    def types_since():
        found = call(list_changes, feed).changes
        return [each.type for each in found if each.cursor.position > before]

    wait_until(types_since, 10, lambda: "the feed shows no change")
    assert types_since() == ["scharnier.proposals.v1.call.published"]
