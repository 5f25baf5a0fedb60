"""How each method is asked for a thing, and where in its answer the thing stands."""

from dataclasses import dataclass
from typing import Callable

from tests.functional.register import an_organisation
from tests.functional.scene import a_session
from tests.policy import things_proposals as proposals
from tests.policy.world import FORM
from tests.programmes import pb

_ORGANISATIONS = pb.organisation_service
_PROPOSALS = pb.proposal_service
_MASK = {"paths": ["title"]}
# Small, so that lists go on.
_PAGE = 20


@dataclass(frozen=True)
class Ask:
    """request(world, thing) makes the message, or the messages of a stream; `listed` is the field
    of an answer that lists, and `also` other requests that list the same thing or hide it as well;
    `prepare(world, thing)` is what an OK needs first."""

    request: Callable
    listed: str = ""
    also: tuple = ()
    prepare: Callable = lambda world, thing: None


def _by_name(request):
    return Ask(lambda world, thing: request(name=thing.name))


def _all(request, listed, **fixed):
    return Ask(lambda world, thing: request(page_size=_PAGE, **fixed), listed)


def _below(request, listed, attribute):
    return Ask(
        lambda world, thing: request(parent=getattr(thing, attribute), page_size=_PAGE),
        listed,
    )


def _import(world, _):
    row = {"line": 1, "organisation": an_organisation(world.number())}
    yield _ORGANISATIONS.ImportOrganisationsRequest(options={})
    yield _ORGANISATIONS.ImportOrganisationsRequest(rows={"rows": [row]})


def _new_call(world, _):
    call = pb.call.Call(
        title={"nl": "Oproep"},
        goal={"nl": "Voorstellen"},
        launch={"not_known": {}},
        reference_prefix=f"PN{world.number()}",
        contact_email="oproep@example.org",
        tracks=[{"title": {"nl": "Spoor"}, "idea_form": FORM}],
    )
    return pb.call_service.CreateCallRequest(call=call)


def _called(thing):
    return {"name": thing.name, "etag": thing.etag, "title": {"nl": "Oproep in het kort"}}


def _ask_along(world, thing):
    """The lead has somebody on its list whom it can take off."""
    request = _PROPOSALS.InvitePartnerRequest(
        name=thing.name, organisation=world.organisation("guest").name
    )
    world.do(world.suite.proposals.InvitePartner, request, "person bert@example.org")


_CHANGES = Ask(lambda world, thing: pb.change.ListChangesRequest(page_size=1000), "changes")
_WATCHED = Ask(lambda world, thing: pb.change.WatchChangesRequest(), "changes")

_REVOKED = Ask(lambda world, thing: pb.action_token.RevokeActionTokensRequest(resource=thing.name))
_AUDITED = Ask(
    lambda world, thing: pb.audit.ListAuditEntriesRequest(resource=thing.name, page_size=_PAGE),
    "audit_entries",
)

ASKS = {
    **{
        f"{service}.v1.ActionTokenService.RevokeActionTokens": _REVOKED
        for service in ("events", "organisations", "proposals")
    },
    **{
        f"{service}.v1.AuditService.ListAuditEntries": _AUDITED
        for service in ("events", "notifications", "organisations", "proposals")
    },
    "events.v1.ChangeService.ListChanges": _CHANGES,
    "events.v1.ChangeService.WatchChanges": _WATCHED,
    "events.v1.RegistrationService.Register": Ask(
        lambda world, thing: pb.registration_service.RegisterRequest(
            parent=thing.parent, registration=thing.registration
        )
    ),
    "events.v1.RegistrationService.GetRegistration": _by_name(
        pb.registration_service.GetRegistrationRequest
    ),
    "events.v1.RegistrationService.ListRegistrations": _below(
        pb.registration_service.ListRegistrationsRequest, "registrations", "session"
    ),
    "events.v1.RegistrationService.CancelRegistration": _by_name(
        pb.registration_service.CancelRegistrationRequest
    ),
    "events.v1.RegistrationService.UpdateRegistration": Ask(
        lambda world, thing: pb.registration_service.UpdateRegistrationRequest(
            registration={
                "name": thing.name,
                "etag": thing.etag,
                "registrant": {"full_name": f"An {world.number()}"},
            },
            update_mask={"paths": ["registrant.full_name"]},
        )
    ),
    "events.v1.SeriesService.CreateSeries": Ask(
        lambda world, thing: pb.series_service.CreateSeriesRequest(
            series={"title": {"nl": "Reeks"}, "contact_email": "reeks@example.org"}
        )
    ),
    "events.v1.SeriesService.PublishSeries": _by_name(pb.series_service.PublishSeriesRequest),
    "events.v1.SeriesService.GetSeries": _by_name(pb.series_service.GetSeriesRequest),
    "events.v1.SeriesService.ListSeries": _all(pb.series_service.ListSeriesRequest, "series"),
    "events.v1.SessionService.CreateSession": Ask(
        lambda world, thing: pb.session_service.CreateSessionRequest(session=a_session(thing.name))
    ),
    "events.v1.SessionService.UpdateSession": Ask(
        lambda world, thing: pb.session_service.UpdateSessionRequest(
            session={"name": thing.name, "etag": thing.etag, "title": {"nl": "Sessie in het kort"}},
            update_mask=_MASK,
        )
    ),
    "events.v1.SessionService.PublishSession": _by_name(pb.session_service.PublishSessionRequest),
    "events.v1.SessionService.GetSession": _by_name(pb.session_service.GetSessionRequest),
    "events.v1.SessionService.ListSessions": _all(
        pb.session_service.ListSessionsRequest, "sessions"
    ),
    "notifications.v1.ChangeService.ListChanges": _CHANGES,
    "notifications.v1.ChangeService.WatchChanges": _WATCHED,
    "notifications.v1.MessageService.GetMessage": _by_name(pb.message_service.GetMessageRequest),
    "notifications.v1.MessageService.ListMessages": _all(
        pb.message_service.ListMessagesRequest, "messages"
    ),
    "organisations.v1.ChangeService.ListChanges": _CHANGES,
    "organisations.v1.ChangeService.WatchChanges": _WATCHED,
    "organisations.v1.MandateService.CreateMandate": Ask(
        lambda world, thing: pb.mandate_service.CreateMandateRequest(
            parent=thing.parent,
            mandate={
                "full_name": "Iemand",
                "email": f"iemand.{world.number()}@example.org",
                "role": pb.mandate.Mandate.ROLE_VIEWER,
            },
        )
    ),
    "organisations.v1.MandateService.AcceptMandate": _by_name(
        pb.mandate_service.AcceptMandateRequest
    ),
    "organisations.v1.MandateService.RevokeMandate": _by_name(
        pb.mandate_service.RevokeMandateRequest
    ),
    "organisations.v1.MandateService.GetMandate": _by_name(pb.mandate_service.GetMandateRequest),
    "organisations.v1.MandateService.ListMandates": Ask(
        lambda world, thing: pb.mandate_service.ListMandatesRequest(
            parent=thing.organisation, page_size=_PAGE
        ),
        "mandates",
        also=(pb.mandate_service.ListMandatesRequest(parent="organisations/-", page_size=_PAGE),),
    ),
    "organisations.v1.MandateService.FindHeldMandates": Ask(
        lambda world, thing: pb.mandate_service.FindHeldMandatesRequest(holder_keys=[thing.key]),
        "mandates",
    ),
    "organisations.v1.OrganisationService.CreateOrganisation": Ask(
        lambda world, thing: _ORGANISATIONS.CreateOrganisationRequest(
            organisation=an_organisation(world.number())
        )
    ),
    "organisations.v1.OrganisationService.UpdateOrganisation": Ask(
        lambda world, thing: _ORGANISATIONS.UpdateOrganisationRequest(
            organisation={
                "name": thing.name,
                "etag": thing.etag,
                "display_name": f"Voorziening {world.number()}",
            },
            update_mask={"paths": ["display_name"]},
        )
    ),
    "organisations.v1.OrganisationService.GetOrganisation": _by_name(
        _ORGANISATIONS.GetOrganisationRequest
    ),
    "organisations.v1.OrganisationService.BatchGetOrganisations": Ask(
        lambda world, thing: _ORGANISATIONS.BatchGetOrganisationsRequest(names=[thing.name]),
        "organisations",
    ),
    "organisations.v1.OrganisationService.ListOrganisations": _all(
        _ORGANISATIONS.ListOrganisationsRequest, "organisations"
    ),
    "organisations.v1.OrganisationService.SearchOrganisations": Ask(
        lambda world, thing: _ORGANISATIONS.SearchOrganisationsRequest(query=thing.text),
        "organisations",
    ),
    "organisations.v1.OrganisationService.ImportOrganisations": Ask(_import),
    "proposals.v1.ChangeService.ListChanges": _CHANGES,
    "proposals.v1.ChangeService.WatchChanges": _WATCHED,
    "proposals.v1.CallService.CreateCall": Ask(_new_call),
    "proposals.v1.CallService.UpdateCall": Ask(
        lambda world, thing: pb.call_service.UpdateCallRequest(
            call=_called(thing), update_mask=_MASK
        )
    ),
    "proposals.v1.CallService.PublishCall": _by_name(pb.call_service.PublishCallRequest),
    "proposals.v1.CallService.AmendCall": Ask(
        lambda world, thing: pb.call_service.AmendCallRequest(
            call=_called(thing), update_mask=_MASK, reason={"nl": "Korter."}
        )
    ),
    "proposals.v1.CallService.GetCall": _by_name(pb.call_service.GetCallRequest),
    "proposals.v1.CallService.ListCalls": _all(pb.call_service.ListCallsRequest, "calls"),
    "proposals.v1.CallService.ListInvolvedOrganisations": Ask(
        lambda world, thing: pb.call_service.ListInvolvedOrganisationsRequest(call=thing.name)
    ),
    "proposals.v1.IdeaService.SubmitIdea": Ask(
        lambda world, thing: pb.idea_service.SubmitIdeaRequest(
            idea=proposals.idea(thing.track, thing.organisation)
        )
    ),
    "proposals.v1.IdeaService.WithdrawIdea": _by_name(pb.idea_service.WithdrawIdeaRequest),
    "proposals.v1.IdeaService.GetIdea": _by_name(pb.idea_service.GetIdeaRequest),
    "proposals.v1.IdeaService.ListIdeas": _all(pb.idea_service.ListIdeasRequest, "ideas"),
    "proposals.v1.ProposalService.CreateProposal": Ask(
        lambda world, thing: _PROPOSALS.CreateProposalRequest(
            proposal=proposals.proposal(thing.track, thing.organisation, thing.idea)
        )
    ),
    "proposals.v1.ProposalService.UpdateProposal": Ask(
        lambda world, thing: _PROPOSALS.UpdateProposalRequest(
            proposal={"name": thing.name, "etag": thing.etag, "title": "Samen sterk"},
            update_mask=_MASK,
        )
    ),
    "proposals.v1.ProposalService.InvitePartner": Ask(
        lambda world, thing: _PROPOSALS.InvitePartnerRequest(
            name=thing.name, organisation=world.organisation("guest").name
        )
    ),
    "proposals.v1.ProposalService.RemovePartner": Ask(
        lambda world, thing: _PROPOSALS.RemovePartnerRequest(
            name=thing.name, organisation=world.organisation("guest").name
        ),
        prepare=_ask_along,
    ),
    "proposals.v1.ProposalService.AnswerInvitation": Ask(
        lambda world, thing: _PROPOSALS.AnswerInvitationRequest(
            name=thing.proposal, organisation=thing.organisation, accept=True
        )
    ),
    "proposals.v1.ProposalService.SubmitProposal": Ask(
        lambda world, thing: _PROPOSALS.SubmitProposalRequest(name=thing.name, etag=thing.etag)
    ),
    "proposals.v1.ProposalService.WithdrawProposal": _by_name(_PROPOSALS.WithdrawProposalRequest),
    "proposals.v1.ProposalService.GetProposal": _by_name(_PROPOSALS.GetProposalRequest),
    "proposals.v1.ProposalService.ListProposals": Ask(
        lambda world, thing: _PROPOSALS.ListProposalsRequest(page_size=_PAGE), "proposals"
    ),
    "proposals.v1.ProposalService.GetInvitation": _by_name(_PROPOSALS.GetInvitationRequest),
    "proposals.v1.ProposalService.GetReceipt": _by_name(_PROPOSALS.GetReceiptRequest),
    "proposals.v1.ProposalService.ListReceipts": _below(
        _PROPOSALS.ListReceiptsRequest, "receipts", "proposal"
    ),
}


def ask_of(method):
    """How a method is asked, by its full name."""
    return ASKS[method.removeprefix("scharnier.")]
