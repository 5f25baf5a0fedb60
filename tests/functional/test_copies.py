"""What services keep of each other is what the other has, whatever dies; and to make it anew tells
nobody anything."""

import random

import pytest

from tests.functional.copies import wait_for_copy, wait_for_feeds
from tests.functional.kills import check_mails, kill_during
from tests.functional.register import accept, enter, invite
from tests.functional.scene import a_request, persist, wait_until
from tests.functional.test_proposals import draft, publish_call, read, submit
from tests.programmes import pb
from tests.programmes.suite import new_request_id, person

_SIGNATORY = pb.mandate.Mandate.ROLE_SIGNATORY


def _persist_until_heard(method, request, caller):
    """For reads, which go by a copy of the register that may not have heard of a mandate."""
    return persist(method, request, caller, reasons=("RESOURCE_NOT_FOUND",))


class Worker:
    """Does what people do in all services, each thing once however often it has to be asked, and
    keeps whom it must have told: (purpose, object, recipient)."""

    def __init__(self, scene, session, published):
        self._scene = scene
        self._session = session
        self._call = published
        self._organisations = []
        self.due = []

    def work(self, number):
        """Enters an organisation whose signatory comes to a session and hands in an idea. Every
        second one also submits a proposal, with a partner that is entered for it."""
        organisation, email = self._enter(number)
        self._come(organisation, email)
        self._hand_in(organisation, email)
        if number % 2 == 0:
            self._submit(organisation, email, *self._enter(number + 100_000))

    def hear_of(self, published):
        """Notes that every organisation entered so far must be told of a call."""
        for organisation in self._organisations:
            self._tell("CALL_PUBLISHED", published.name, organisation.name)

    def _enter(self, number):
        mailboxes = [{"email": f"info.{number}@example.org"}]
        organisation = enter(self._scene, number, persist, mailboxes=mailboxes)
        email = f"tekenaar.{number}@example.org"
        mandate = invite(self._scene, organisation, email, _SIGNATORY, persist)
        accept(self._scene, mandate, email, persist)
        self._tell("MANDATE_OFFERED", mandate.name)
        self._organisations.append(organisation)
        return organisation, email

    def _come(self, organisation, email):
        request = a_request(self._session, email)
        request.registration.organisation = organisation.name
        registration = persist(
            self._scene.suite.registrations.Register, request, person(email)
        )
        self._tell("REGISTRATION_CONFIRMED", registration.name)

    def _hand_in(self, organisation, email):
        request = pb.idea_service.SubmitIdeaRequest(
            idea={
                "track": self._call.tracks[0].name,
                "organisation": organisation.name,
                "title": "Samen thuis",
                "contact": {"full_name": "An Peeters", "email": email},
            },
            request_id=new_request_id(),
        )
        idea = persist(
            self._scene.suite.ideas.SubmitIdea, request, person(email)
        )
        self._tell("IDEA_RECEIVED", idea.name)

    def _submit(self, lead, lead_email, partner, partner_email):
        proposals = self._scene.suite.proposals
        name = draft(self._scene, self._call, lead, lead_email, persist).name
        invite_partner = pb.proposal_service.InvitePartnerRequest(
            name=name, organisation=partner.name, request_id=new_request_id()
        )
        invited = persist(proposals.InvitePartner, invite_partner, person(lead_email))
        invitation = invited.partners[0].invitation
        self._tell("PARTNER_INVITED", invitation, partner.name)
        answer = pb.proposal_service.AnswerInvitationRequest(
            name=name, organisation=partner.name, accept=True, request_id=new_request_id()
        )
        persist(proposals.AnswerInvitation, answer, person(partner_email))
        self._tell("INVITATION_ACCEPTED", invitation)
        seen = read(self._scene, invited, lead_email, _persist_until_heard)
        submit(self._scene, seen, lead_email, persist)
        self._tell("PROPOSAL_SUBMITTED", f"{name}/receipts/1")
        self._tell("PROPOSAL_SUBMITTED", f"{name}/receipts/1", partner.name)

    def _tell(self, purpose, about, recipient="people/0"):
        self.due.append((purpose, about, recipient))


def _stored(scene):
    """Every message, discreet ones too: (purpose, object, recipient, state, doubts, id)."""
    with scene.database("notifications") as db:
        rows = db.execute(
            "SELECT purpose, object, recipient, state, doubts, id::text FROM message"
        ).fetchall()
    return [(pb.message.Purpose.Name(row[0]).removeprefix("PURPOSE_"), *row[1:]) for row in rows]


def _wait_until_sent(scene):
    on_their_way = (pb.message.Message.STATE_QUEUED, pb.message.Message.STATE_SENDING)

    def sent():
        return not any(row[3] in on_their_way for row in _stored(scene))

    wait_until(sent, 90, lambda: "mails are still on their way")


@pytest.mark.parametrize(
    "kills, rounds",
    [
        pytest.param(6, 8, id="quick"),
        pytest.param(48, 150, id="many", marks=pytest.mark.long),
    ],
)
def test_whichever_service_dies_all_agree_in_the_end(start, kills, rounds):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    scene = start(durable=True)
    session = scene.publish(unlimited={})
    published = publish_call(scene, "KILL22")
    # Nobody is told of it, since nobody is in the register yet.
    wait_for_feeds(scene)
    worker = Worker(scene, session, published)

    def work():
        for number in range(rounds):
            worker.work(number)

    services = scene.stack.services
    kill_during(
        work, scene, [*services, *chance.choices(services, k=kills - len(services))], chance
    )

    wait_for_feeds(scene)
    for service in ("events", "proposals"):
        wait_for_copy(scene, service)
    _wait_until_sent(scene)
    stored = _stored(scene)
    assert sorted(row[:3] for row in stored) == sorted(worker.due)
    check_mails(scene.mailbox, [(row[5], row[3], row[4]) for row in stored])
    print(f"{kills} kills, {len(stored)} messages")


def test_what_is_made_anew_tells_nobody_anything(start):
    scene = start()
    session = scene.publish(unlimited={})
    published = publish_call(scene, "ANEW22")
    # Nobody is told of it, since nobody is in the register yet.
    wait_for_feeds(scene)
    worker = Worker(scene, session, published)
    for number in range(4):
        worker.work(number)
    worker.hear_of(publish_call(scene, "LATE22"))
    wait_for_feeds(scene)
    _wait_until_sent(scene)
    mails = scene.mailbox.count()
    assert mails == len(worker.due)
    assert sorted(row[:3] for row in _stored(scene)) == sorted(worker.due)

    # The copies of the register, from nothing.
    for service in ("events", "proposals"):
        with scene.database(service) as db:
            db.execute("DELETE FROM directory_organisation")
            db.execute("DELETE FROM directory_mandate")
            db.execute("DELETE FROM cursor")
        wait_for_copy(scene, service)
    # Places in feeds are lost, and what was told is remembered.
    with scene.database("notifications") as db:
        db.execute("DELETE FROM cursor")
    wait_for_feeds(scene)
    assert len(_stored(scene)) == mails
    # All of it is lost.
    scene.stack.stop("notifications")
    with scene.database("notifications") as db:
        db.execute("DROP SCHEMA notifications CASCADE")
    scene.stack.migrate()
    scene.stack.start("notifications")
    scene.stack.wait_ready("notifications")
    wait_for_feeds(scene)
    assert not _stored(scene)

    # What happens from now on is told, once.
    worker.due.clear()
    worker.work(10)
    wait_for_feeds(scene)
    _wait_until_sent(scene)
    assert sorted(row[:3] for row in _stored(scene)) == sorted(worker.due)
    assert scene.mailbox.count() == mails + len(worker.due)
