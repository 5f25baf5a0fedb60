"""One of everything: what the register, sessions, a call, ideas and proposals consist of.

    everything = Everything(scene, number=7001)
    everything.names["ideas/*"]         # by pattern
    everything.signatory                # who may see what the organisation has, as a caller
"""

from tests.functional.register import accept, enter, invite
from tests.functional.scene import a_request, wait_until
from tests.programmes import pb
from tests.programmes.suite import STAFF, insist, insist_until_heard, new_request_id, person

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


def plain(field, place=""):
    """What to say in a personal field: an address, or words."""
    number = next(_NUMBERS)
    if field.endswith(".email"):
        return f"iemand.van.alles{place}.{number}@example.org"
    return f"Woorden {number}"


class Everything:
    """Made by the API alone. `say` gives what stands in a personal field, by its full name."""

    def __init__(self, scene, number, say=plain):
        self._scene = scene
        self._say = say
        self.names = {}
        self.resources = {}
        self._enter(number)
        self._register()
        self._publish_call(number)
        self._hand_in()
        self._propose()

    def _enter(self, number):
        mailbox = {each: self._say(f"{_ORGANISATIONS}Mailbox.{each}") for each in ("email", "label")}
        self.organisation = enter(self._scene, number, mailboxes=[mailbox])
        self.partner = enter(self._scene, number + 1, mailboxes=[mailbox])
        self.signatory, mandate = self._mandate(self.organisation, "")
        self.partners_signatory, _ = self._mandate(self.partner, "partner")
        self._keep("organisations/*", self.organisation)
        self._keep("organisations/*/mandates/*", mandate)

    def _mandate(self, organisation, place):
        email = self._say(f"{_ORGANISATIONS}Mandate.email", place)
        mandate = invite(
            self._scene,
            organisation,
            email,
            pb.mandate.Mandate.ROLE_SIGNATORY,
            full_name=self._say(f"{_ORGANISATIONS}Mandate.full_name", place),
        )
        return person(email), accept(self._scene, mandate, email)

    def _register(self):
        session = self._scene.publish(form=_FORM)
        self.registrant = self._say(f"{_EVENTS}Person.email")
        request = a_request(session, self.registrant)
        request.registration.registrant.full_name = self._say(f"{_EVENTS}Person.full_name")
        attendee = request.registration.attendees[0]
        attendee.full_name = self._say(f"{_EVENTS}Attendee.full_name")
        attendee.email = self._say(f"{_EVENTS}Attendee.email")
        attendee.answers.add(question_id="verhaal", text=self._say(_ANSWER, "registration"))
        registration = insist(
            self._scene.suite.registrations.Register, request, person(self.registrant)
        )
        self.names["series/*"] = session.series
        self._keep("sessions/*", session)
        self._keep("sessions/*/registrations/*", registration)

    def _publish_call(self, number):
        create = pb.call_service.CreateCallRequest(
            call={
                "title": {"nl": "Van alles een"},
                "goal": {"nl": "Ideeën en voorstellen"},
                "launch": {"not_known": {}},
                "reference_prefix": f"AL{number}",
                "contact_email": "alles@example.org",
                "tracks": [
                    {"title": {"nl": "Spoor"}, "idea_form": _FORM, "proposal_form": _FORM}
                ],
            },
            request_id=new_request_id(),
        )
        draft = insist(self._scene.suite.calls.CreateCall, create, STAFF)
        publish = pb.call_service.PublishCallRequest(name=draft.name, request_id=new_request_id())
        call = insist(self._scene.suite.calls.PublishCall, publish, STAFF)
        self._keep("calls/*", call)
        self.names["calls/*/tracks/*"] = call.tracks[0].name

    def _hand_in(self):
        request = pb.idea_service.SubmitIdeaRequest(
            idea={"organisation": self.organisation.name, **self._content("idea")},
            request_id=new_request_id(),
        )
        idea = insist_until_heard(self._scene.suite.ideas.SubmitIdea, request, self.signatory)
        self._keep("ideas/*", idea)

    def _propose(self):
        proposals = self._scene.suite.proposals
        create = pb.proposal_service.CreateProposalRequest(
            proposal={"lead": self.organisation.name, **self._content("proposal")},
            request_id=new_request_id(),
        )
        proposal = insist_until_heard(proposals.CreateProposal, create, self.signatory)
        about = {"name": proposal.name, "organisation": self.partner.name}
        request = pb.proposal_service.InvitePartnerRequest(**about, request_id=new_request_id())
        invited = insist(proposals.InvitePartner, request, self.signatory)
        answer = pb.proposal_service.AnswerInvitationRequest(
            **about, accept=True, request_id=new_request_id()
        )
        insist_until_heard(proposals.AnswerInvitation, answer, self.partners_signatory)
        get = pb.proposal_service.GetProposalRequest(name=proposal.name)
        seen = insist(proposals.GetProposal, get, self.signatory)
        submit = pb.proposal_service.SubmitProposalRequest(
            name=proposal.name, etag=seen.etag, request_id=new_request_id()
        )
        self._keep("proposals/*", insist(proposals.SubmitProposal, submit, self.signatory))
        self.names["proposals/*/invitations/*"] = invited.partners[0].invitation
        self.names["proposals/*/receipts/#"] = f"{proposal.name}/receipts/1"

    def _content(self, place):
        contact = {
            each: self._say(f"{_PROPOSALS}Person.{each}", place) for each in ("full_name", "email")
        }
        return {
            "track": self.names["calls/*/tracks/*"],
            "title": "Samen sterk",
            "contact": contact,
            "answers": [{"question_id": "verhaal", "text": self._say(_ANSWER, place)}],
        }

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
