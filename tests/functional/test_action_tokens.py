"""People without an account act by the links in their mails, until these are taken back."""

import base64
import os
import re

from tests.functional.refused import refused
from tests.functional.register import enter, invite
from tests.functional.scene import a_cancellation, a_registration, wait_until
from tests.functional.test_proposals import draft, publish_call, signatory
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, holder, insist, new_request_id, person

_LINK = re.compile(r"https://loket\.example\.org/(\w+)#([\w-]+)")


def _links(scene, address):
    """The page and the token of each mail to an address; None for one without a link."""
    mails = [mail for mail in scene.mailbox.mails() if address in mail.recipients]
    return [(_LINK.findall(mail.text) or [None])[0] for mail in mails]


def _token(scene, address, page, number=1):
    """The token in the mail to an address that is the number-th with a link."""

    def links():
        return [link for link in _links(scene, address) if link]

    wait_until(lambda: len(links()) >= number, 30, lambda: f"no link for {address}")
    found, token = links()[number - 1]
    assert found == page
    return token


def _mails(scene, address, count):
    """Waits for as many mails; what _links says of them."""
    wait_until(lambda: len(_links(scene, address)) >= count, 30, lambda: f"no mail to {address}")
    return _links(scene, address)


def _get(name):
    return pb.registration_service.GetRegistrationRequest(name=name)


def _revocation(resource):
    return pb.action_token.RevokeActionTokensRequest(resource=resource, request_id=new_request_id())


def test_a_registration_is_seen_changed_and_given_up_by_its_link(scene):
    stubs = scene.suite.registrations
    email, companion = scene.somebody(), scene.somebody()
    wanted = a_registration(email, size=2)
    wanted.attendees[1].email = companion
    made = insist(
        stubs.Register,
        pb.registration_service.RegisterRequest(
            parent=scene.publish().name, registration=wanted, request_id=new_request_id()
        ),
        person(email),
    )
    bearer = holder(_token(scene, email, "inschrijving"))
    assert _mails(scene, companion, 1) == [None], "who comes along gets no link"
    seen = call(stubs.GetRegistration, _get(made.name), bearer)
    assert seen == call(stubs.GetRegistration, _get(made.name), person(email))
    seen.registrant.full_name = "Iemand Anders"
    update = pb.registration_service.UpdateRegistrationRequest(
        registration=seen,
        update_mask={"paths": ["registrant.full_name"]},
        request_id=new_request_id(),
    )
    changed = insist(stubs.UpdateRegistration, update, bearer)
    assert changed.registrant.full_name == "Iemand Anders"
    assert insist(stubs.UpdateRegistration, update, bearer) == changed, "a repetition"
    update.request_id = new_request_id()
    with refused("ETAG_STALE"):
        call(stubs.UpdateRegistration, update, bearer)
    other = scene.register(scene.publish())
    with refused("RESOURCE_NOT_FOUND"):
        call(stubs.GetRegistration, _get(other.name), bearer)
    with refused("ROLE_NOT_ALLOWED"):
        call(
            stubs.ListRegistrations,
            pb.registration_service.ListRegistrationsRequest(parent=made.name.split("/reg")[0]),
            bearer,
        )
    insist(stubs.CancelRegistration, a_cancellation(made), bearer)
    assert _mails(scene, email, 2)[1] is None, "nothing is left to be done"
    with refused("REGISTRATION_CANCELLED"):
        call(stubs.CancelRegistration, a_cancellation(made), bearer)


def test_an_invitation_is_answered_by_the_link_in_the_mailbox(scene):
    stubs = scene.suite.proposals
    lead = enter(scene, 5101)
    mailbox = scene.somebody()
    partner = enter(scene, 5102, mailboxes=[{"email": mailbox}])
    email = signatory(scene, lead)
    proposal = draft(scene, publish_call(scene, "RECO51"), lead, email)
    insist(
        stubs.InvitePartner,
        pb.proposal_service.InvitePartnerRequest(
            name=proposal.name, organisation=partner.name, request_id=new_request_id()
        ),
        person(email),
    )
    bearer = holder(_token(scene, mailbox, "uitnodiging"))
    answer = pb.proposal_service.AnswerInvitationRequest(
        name=proposal.name, organisation=lead.name, accept=True, request_id=new_request_id()
    )
    with refused("RESOURCE_NOT_FOUND"):
        call(stubs.AnswerInvitation, answer, bearer)
    answer.organisation = partner.name
    accepted = insist(stubs.AnswerInvitation, answer, bearer)
    assert accepted.state == pb.invitation.Invitation.STATE_ACCEPTED
    get = pb.proposal_service.GetInvitationRequest(name=accepted.name)
    assert call(stubs.GetInvitation, get, bearer) == accepted
    insist(scene.suite.proposals_tokens.RevokeActionTokens, _revocation(accepted.name), STAFF)
    with refused("ACTION_TOKEN_INVALID"):
        call(stubs.GetInvitation, get, bearer)


def test_a_mandate_is_accepted_by_the_link_in_its_offer(scene):
    stubs = scene.suite.mandates
    email = scene.somebody()
    mandate = invite(scene, enter(scene, 5103), email, pb.mandate.Mandate.ROLE_EDITOR)
    bearer = holder(_token(scene, email, "machtiging"))
    get = pb.mandate_service.GetMandateRequest(name=mandate.name)
    assert call(stubs.GetMandate, get, bearer).email == email
    accept = pb.mandate_service.AcceptMandateRequest(name=mandate.name, request_id=new_request_id())
    accepted = insist(stubs.AcceptMandate, accept, bearer)
    assert accepted.state == pb.mandate.Mandate.STATE_ACTIVE
    with refused("ROLE_NOT_ALLOWED"):
        call(
            stubs.RevokeMandate,
            pb.mandate_service.RevokeMandateRequest(name=mandate.name, request_id=new_request_id()),
            bearer,
        )
    revoke = scene.suite.organisations_tokens.RevokeActionTokens
    insist(revoke, _revocation(mandate.name), bearer)
    with refused("ACTION_TOKEN_INVALID"):
        call(stubs.GetMandate, get, bearer)


def test_a_link_that_was_taken_back_opens_nothing_until_the_next_mail(scene):
    session = scene.publish(capacity=1)
    first = scene.register(session)
    email = scene.somebody()
    waiting = scene.register(session, email)
    stubs, tokens = scene.suite.registrations, scene.suite.events_tokens
    old = holder(_token(scene, email, "inschrijving"))
    assert call(stubs.GetRegistration, _get(waiting.name), old).waiting_position == 1
    with refused("RESOURCE_NOT_FOUND"):
        call(tokens.RevokeActionTokens, _revocation(first.name), old)
    with refused("ROLE_NOT_ALLOWED"):
        call(tokens.RevokeActionTokens, _revocation(waiting.name), person(email))
    with refused("NAME_INVALID", field="resource"):
        call(tokens.RevokeActionTokens, _revocation(session.name), STAFF)
    revocation = insist(tokens.RevokeActionTokens, _revocation(waiting.name), old)
    assert revocation.name == waiting.name
    for method, request in (
        (stubs.GetRegistration, _get(waiting.name)),
        (stubs.CancelRegistration, a_cancellation(waiting)),
        (tokens.RevokeActionTokens, _revocation(waiting.name)),
        (scene.suite.sessions.GetSession, pb.session_service.GetSessionRequest(name=session.name)),
    ):
        with refused("ACTION_TOKEN_INVALID"):
            call(method, request, old)
    scene.cancel(first)
    new = holder(_token(scene, email, "inschrijving", number=2))
    seen = call(stubs.GetRegistration, _get(waiting.name), new)
    assert seen.state == pb.registration.Registration.STATE_CONFIRMED


def test_a_link_is_kept_nowhere_but_in_its_mail(scene):
    email = scene.somebody()
    made = scene.register(scene.publish(), email)
    token = _token(scene, email, "inschrijving")
    call(scene.suite.registrations.GetRegistration, _get(made.name), holder(token))
    insist(scene.suite.registrations.CancelRegistration, a_cancellation(made), holder(token))
    scene.wait_for_messages(1)
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    canaries = [token[:40], token.encode().hex()[:80], sealed.hex()[:80], "loket.example.org"]
    kept = {
        service: scene.stack.log_path(service).read_text(encoding="utf-8", errors="replace")
        for service in ("events", "notifications", "postgres")
    }
    for service, tables in (
        ("notifications", ("message", "audit", "request_log", "parked")),
        ("events", ("registration", "change", "audit", "request_log")),
    ):
        with scene.database(service) as db:
            for table in tables:
                rows = db.execute(f"SELECT t::text FROM {table} t").fetchall()
                kept[f"{service}.{table}"] = "\n".join(row[0] for row in rows)
    assert email not in kept["notifications"]
    assert made.name.rsplit("/", 1)[1] in kept["notifications.message"], "it is the right table"
    for place, text in kept.items():
        assert [canary for canary in canaries if canary in text] == [], place


def test_links_outlive_the_key_that_sealed_them(start):
    scene = start(services=["events", "notifications", "organisations"])
    email = scene.somebody()
    made = scene.register(scene.publish(), email)
    bearer = holder(_token(scene, email, "inschrijving"))
    new_key = base64.b64encode(os.urandom(32)).decode()
    with open(scene.stack.keyring_path(), "a", encoding="ascii") as keyring:
        keyring.write(f"action-token next {new_key}\n")
    scene.stack.stop("events")
    scene.stack.start("events")
    scene.stack.wait_ready("events")
    get = scene.suite.registrations.GetRegistration
    assert insist(get, _get(made.name), bearer).name == made.name
