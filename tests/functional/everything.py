"""One of everything: what the register, sessions, a call, ideas and proposals consist of.

    everything = Everything(scene, number=7001)
    everything.names["ideas/*"]         # by pattern
    everything.signatory                # who may see what the organisation has, as a caller
    everything.done                     # each mutation that was made: its request, answer, caller
"""

from dataclasses import dataclass

from google.protobuf.message import Message

from tests.functional.register import accept, enter, invite
from tests.functional.scene import a_cancellation, a_request, a_session, wait_until
from tests.programmes import pb
from tests.programmes.suite import (
    OFFICER,
    STAFF,
    insist,
    insist_until_heard,
    new_request_id,
    person,
)

_NUMBERS = iter(range(1, 1_000_000))
_EVENTS, _ORGANISATIONS, _PROPOSALS = (
    f"scharnier.{each}.v1." for each in ("events", "organisations", "proposals")
)
_ANSWER = "scharnier.types.v1.Answer.text"
_FORM = {
    "sections": [
        {
            "questions": [
                {
                    "id": "verhaal",
                    "title": {"nl": "Wat is er aan de hand?"},
                    "sensitive": True,
                    "text": {"max_chars": 200},
                }
            ]
        }
    ]
}


def plain(field):
    """What to say in a personal field: an address, or words."""
    number = next(_NUMBERS)
    if field.endswith(".email"):
        return f"iemand.van.alles.{number}@example.org"
    return f"Woorden {number}"


@dataclass(frozen=True)
class Done:
    """A mutation, by the path of its method."""

    path: str
    request: Message
    answer: Message
    caller: str


class Everything:
    """Made by the API alone. `say` gives what stands in a personal field, by its full name."""

    def __init__(self, scene, number, say=plain):
        self._scene = scene
        self._say = say
        self.names = {}
        self.resources = {}
        self.done = []
        self._enter(number)
        self._register()
        self._publish_call(number)
        self._hand_in()
        self._propose()

    # The register.

    def _enter(self, number):
        mailbox = {
            each: self._say(f"{_ORGANISATIONS}Mailbox.{each}") for each in ("email", "label")
        }
        self.organisation = enter(self._scene, number, self._do, mailboxes=[mailbox])
        self.partner = enter(self._scene, number + 1, self._do, mailboxes=[mailbox])
        self.signatory, mandate = self._mandate(self.organisation)
        self.partners_signatory, _ = self._mandate(self.partner)
        self._keep("organisations/*", self.organisation)
        self._keep("organisations/*/mandates/*", mandate)

    def _mandate(self, organisation):
        email = self._say(f"{_ORGANISATIONS}Mandate.email")
        mandate = invite(
            self._scene,
            organisation,
            email,
            pb.mandate.Mandate.ROLE_SIGNATORY,
            self._do,
            self._say(f"{_ORGANISATIONS}Mandate.full_name"),
        )
        return person(email), accept(self._scene, mandate, email, self._do)

    # Sessions.

    def _register(self):
        suite = self._scene.suite
        series = self._do(
            suite.series.CreateSeries,
            pb.series_service.CreateSeriesRequest(
                series={"title": {"nl": "Reeks"}, "contact_email": "reeks@example.org"},
                request_id=new_request_id(),
            ),
            STAFF,
        )
        publish = pb.series_service.PublishSeriesRequest(
            name=series.name, request_id=new_request_id()
        )
        self._keep("series/*", self._do(suite.series.PublishSeries, publish, STAFF))
        create = pb.session_service.CreateSessionRequest(
            session=a_session(series.name, form=_FORM), request_id=new_request_id()
        )
        draft = self._do(suite.sessions.CreateSession, create, STAFF)
        publish = pb.session_service.PublishSessionRequest(
            name=draft.name, request_id=new_request_id()
        )
        session = self._do(suite.sessions.PublishSession, publish, STAFF)
        self._keep("sessions/*", session)
        self.registrant = self._say(f"{_EVENTS}Person.email")
        request = a_request(session, self.registrant)
        request.registration.registrant.full_name = self._say(f"{_EVENTS}Person.full_name")
        attendee = request.registration.attendees[0]
        attendee.full_name = self._say(f"{_EVENTS}Attendee.full_name")
        attendee.email = self._say(f"{_EVENTS}Attendee.email")
        attendee.answers.add(question_id="verhaal", text=self._say(_ANSWER))
        registration = self._do(suite.registrations.Register, request, person(self.registrant))
        self._keep("sessions/*/registrations/*", registration)

    # A call, and what comes of it.

    def _publish_call(self, number):
        calls = self._scene.suite.calls
        create = pb.call_service.CreateCallRequest(
            call={
                "title": {"nl": "Van alles een"},
                "goal": {"nl": "Ideeën en voorstellen"},
                "launch": {"not_known": {}},
                "reference_prefix": f"AL{number}",
                "contact_email": "alles@example.org",
                "tracks": [{"title": {"nl": "Spoor"}, "idea_form": _FORM, "proposal_form": _FORM}],
            },
            request_id=new_request_id(),
        )
        draft = self._do(calls.CreateCall, create, STAFF)
        update = pb.call_service.UpdateCallRequest(
            call={"name": draft.name, "etag": draft.etag, "title": {"nl": "Van alles wat"}},
            update_mask={"paths": ["title"]},
            request_id=new_request_id(),
        )
        self._do(calls.UpdateCall, update, STAFF)
        publish = pb.call_service.PublishCallRequest(name=draft.name, request_id=new_request_id())
        call = self._do(calls.PublishCall, publish, STAFF)
        self._keep("calls/*", call)
        self.names["calls/*/tracks/*"] = call.tracks[0].name

    def _hand_in(self):
        request = pb.idea_service.SubmitIdeaRequest(
            idea={"organisation": self.organisation.name, **self._content()},
            request_id=new_request_id(),
        )
        self._keep(
            "ideas/*", self._do(self._scene.suite.ideas.SubmitIdea, request, self.signatory)
        )

    def _propose(self):
        proposals = self._scene.suite.proposals
        create = pb.proposal_service.CreateProposalRequest(
            proposal={"lead": self.organisation.name, **self._content()},
            request_id=new_request_id(),
        )
        proposal = self._do(proposals.CreateProposal, create, self.signatory)
        about = {"name": proposal.name, "organisation": self.partner.name}
        for _ in range(2):
            request = pb.proposal_service.InvitePartnerRequest(
                **about, request_id=new_request_id()
            )
            invited = self._do(proposals.InvitePartner, request, self.signatory)
            if "proposals/*/invitations/*" not in self.names:
                remove = pb.proposal_service.RemovePartnerRequest(
                    **about, request_id=new_request_id()
                )
                self._do(proposals.RemovePartner, remove, self.signatory)
            self.names["proposals/*/invitations/*"] = invited.partners[-1].invitation
        answer = pb.proposal_service.AnswerInvitationRequest(
            **about, accept=True, request_id=new_request_id()
        )
        self._do(proposals.AnswerInvitation, answer, self.partners_signatory)
        seen = self._read(proposals.GetProposal, proposal.name)
        update = pb.proposal_service.UpdateProposalRequest(
            proposal={"name": seen.name, "etag": seen.etag, "title": "Samen sterker"},
            update_mask={"paths": ["title"]},
            request_id=new_request_id(),
        )
        seen = self._do(proposals.UpdateProposal, update, self.signatory)
        submit = pb.proposal_service.SubmitProposalRequest(
            name=seen.name, etag=seen.etag, request_id=new_request_id()
        )
        self._keep("proposals/*", self._do(proposals.SubmitProposal, submit, self.signatory))
        self.names["proposals/*/receipts/#"] = f"{proposal.name}/receipts/1"

    def _content(self):
        contact = {
            each: self._say(f"{_PROPOSALS}Person.{each}") for each in ("full_name", "email")
        }
        return {
            "track": self.names["calls/*/tracks/*"],
            "title": "Samen sterk",
            "contact": contact,
            "answers": [{"question_id": "verhaal", "text": self._say(_ANSWER)}],
        }

    # The end of everything.

    def change_and_end(self):
        """Makes the mutations that change or end what there is."""
        suite, names = self._scene.suite, self.names
        session, call = (self.resources[each] for each in ("sessions/*", "calls/*"))
        new = {"request_id": new_request_id()}  # every method has its own
        update_session = pb.session_service.UpdateSessionRequest(
            session={"name": session.name, "etag": session.etag, "title": {"nl": "Nieuw"}},
            update_mask={"paths": ["title"]},
            **new,
        )
        self._do(suite.sessions.UpdateSession, update_session, STAFF)
        amend = pb.call_service.AmendCallRequest(
            call={"name": call.name, "etag": call.etag, "goal": {"nl": "Iets anders"}},
            update_mask={"paths": ["goal"]},
            reason={"nl": "Een vergissing"},
            **new,
        )
        self._do(suite.calls.AmendCall, amend, STAFF)
        update = pb.organisation_service.UpdateOrganisationRequest(
            organisation={
                "name": self.organisation.name,
                "etag": self.organisation.etag,
                "display_name": "Voorziening met een nieuwe naam",
            },
            update_mask={"paths": ["display_name"]},
            **new,
        )
        self._do(suite.organisations.UpdateOrganisation, update, OFFICER)
        registration = self.resources["sessions/*/registrations/*"]
        update = pb.registration_service.UpdateRegistrationRequest(
            registration={
                "name": registration.name,
                "etag": registration.etag,
                "registrant": {
                    "full_name": self._say(f"{_EVENTS}Person.full_name"),
                    "email": self.registrant,
                },
            },
            update_mask={"paths": ["registrant.full_name"]},
            **new,
        )
        self._do(suite.registrations.UpdateRegistration, update, person(self.registrant))
        self._revoke_action_tokens()
        cancel = a_cancellation(registration)
        self._do(suite.registrations.CancelRegistration, cancel, person(self.registrant))
        withdraw = pb.proposal_service.WithdrawProposalRequest(name=names["proposals/*"], **new)
        self._do(suite.proposals.WithdrawProposal, withdraw, self.signatory)
        withdraw = pb.idea_service.WithdrawIdeaRequest(name=names["ideas/*"], **new)
        self._do(suite.ideas.WithdrawIdea, withdraw, self.signatory)
        _, another = self._mandate(self.organisation)
        revoke = pb.mandate_service.RevokeMandateRequest(name=another.name, **new)
        self._do(suite.mandates.RevokeMandate, revoke, OFFICER)

    def _revoke_action_tokens(self):
        suite = self._scene.suite
        for tokens, pattern, caller in (
            (suite.events_tokens, "sessions/*/registrations/*", STAFF),
            (suite.organisations_tokens, "organisations/*/mandates/*", OFFICER),
            (suite.proposals_tokens, "proposals/*/invitations/*", STAFF),
        ):
            request = pb.action_token.RevokeActionTokensRequest(
                resource=self.names[pattern], request_id=new_request_id()
            )
            self._do(tokens.RevokeActionTokens, request, caller)

    def _read(self, method, name):
        request = pb.proposal_service.GetProposalRequest(name=name)
        return insist(method, request, self.signatory)

    def _do(self, method, request, caller):
        answer = insist_until_heard(method, request, caller)
        self.done.append(Done(method.path, request, answer, caller))
        return answer

    def _keep(self, pattern, resource):
        self.names[pattern] = resource.name
        self.resources[pattern] = resource

    def wait_for_a_message(self):
        """Waits for the mail about the registration, and keeps its message."""
        about = self.names["sessions/*/registrations/*"]

        def has_come():
            for each in self._scene.messages():
                if each.object == about:
                    self._keep("messages/*", each)
            return "messages/*" in self.names

        wait_until(has_come, 30, lambda: "no message about the registration")
