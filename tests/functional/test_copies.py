"""What services keep of each other is what the other has, whatever dies; and to make it anew tells
nobody anything."""

import random
import threading
import time

import pytest

from tests.functional.copies import wait_for_copy, wait_for_feeds
from tests.functional.register import an_organisation
from tests.functional.scene import a_request, persist, wait_until
from tests.functional.test_proposals import publish_call
from tests.programmes import pb
from tests.programmes.suite import OFFICER, new_request_id, person

_SIGNATORY = pb.mandate.Mandate.ROLE_SIGNATORY


class Worker:
    """Does what people do in all services, each thing once however often it has to be asked, and
    keeps whom it must have told: (purpose, object, recipient)."""

    def __init__(self, scene, session, track):
        self._suite = scene.suite
        self._session = session
        self._track = track
        self._organisations = []
        self.due = []

    def work(self, number):
        """Enters an organisation whose signatory comes to a session, hands in an idea, and, from
        the second on, submits a proposal with the organisation before it as its partner."""
        organisation, email = self._enter(number)
        self._come(organisation, email)
        self._hand_in(organisation, email)
        if number % 2 == 0:
            self._submit(organisation, email, *self._enter(number + 100_000))

    def hear_of(self, call):
        """Notes that every organisation entered so far must be told of a call."""
        for organisation in self._organisations:
            self._tell("CALL_PUBLISHED", call.name, organisation)

    def _enter(self, number):
        organisation = persist(
            self._suite.organisations.CreateOrganisation,
            pb.organisation_service.CreateOrganisationRequest(
                organisation=an_organisation(
                    number, mailboxes=[{"email": f"info.{number}@example.org"}]
                ),
                request_id=new_request_id(),
            ),
            OFFICER,
        )
        email = f"tekenaar.{number}@example.org"
        mandate = persist(
            self._suite.mandates.CreateMandate,
            pb.mandate_service.CreateMandateRequest(
                parent=organisation.name,
                mandate={"full_name": "An Peeters", "email": email, "role": _SIGNATORY},
                request_id=new_request_id(),
            ),
            OFFICER,
        )
        persist(
            self._suite.mandates.AcceptMandate,
            pb.mandate_service.AcceptMandateRequest(
                name=mandate.name, request_id=new_request_id()
            ),
            person(email),
        )
        self._tell("MANDATE_OFFERED", mandate.name)
        self._organisations.append(organisation.name)
        return organisation.name, email

    def _come(self, organisation, email):
        request = a_request(self._session, email)
        request.registration.organisation = organisation
        registration = persist(self._suite.registrations.Register, request, person(email))
        self._tell("REGISTRATION_CONFIRMED", registration.name)

    def _hand_in(self, organisation, email):
        idea = persist(
            self._suite.ideas.SubmitIdea,
            pb.idea_service.SubmitIdeaRequest(
                idea={
                    "track": self._track,
                    "organisation": organisation,
                    "title": "Samen thuis",
                    "contact": {"full_name": "An Peeters", "email": email},
                },
                request_id=new_request_id(),
            ),
            person(email),
            # The mandate may not have come to the service yet.
            ("MANDATE_NEEDED", "RESOURCE_NOT_FOUND"),
        )
        self._tell("IDEA_RECEIVED", idea.name)

    def _submit(self, lead, lead_email, partner, partner_email):
        proposal = persist(
            self._suite.proposals.CreateProposal,
            pb.proposal_service.CreateProposalRequest(
                proposal={
                    "track": self._track,
                    "lead": lead,
                    "title": "Samen sterk",
                    "contact": {"full_name": "An Peeters", "email": lead_email},
                },
                request_id=new_request_id(),
            ),
            person(lead_email),
        )
        name = proposal.name
        invited = persist(
            self._suite.proposals.InvitePartner,
            pb.proposal_service.InvitePartnerRequest(
                name=name, organisation=partner, request_id=new_request_id()
            ),
            person(lead_email),
        )
        invitation = invited.partners[0].invitation
        self._tell("PARTNER_INVITED", invitation, partner)
        persist(
            self._suite.proposals.AnswerInvitation,
            pb.proposal_service.AnswerInvitationRequest(
                name=name, organisation=partner, accept=True, request_id=new_request_id()
            ),
            person(partner_email),
            ("MANDATE_NEEDED", "RESOURCE_NOT_FOUND"),
        )
        self._tell("INVITATION_ACCEPTED", invitation)
        read = persist(
            self._suite.proposals.GetProposal,
            pb.proposal_service.GetProposalRequest(name=name),
            person(lead_email),
        )
        persist(
            self._suite.proposals.SubmitProposal,
            pb.proposal_service.SubmitProposalRequest(
                name=name, etag=read.etag, request_id=new_request_id()
            ),
            person(lead_email),
        )
        self._tell("PROPOSAL_SUBMITTED", f"{name}/receipts/1")
        self._tell("PROPOSAL_SUBMITTED", f"{name}/receipts/1", partner)

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
    worker = Worker(scene, session, published.tracks[0].name)
    failures, done = [], threading.Event()

    def drive():
        try:
            for number in range(rounds):
                worker.work(number)
        except BaseException as failure:
            failures.append(failure)
            raise
        finally:
            done.set()

    driver = threading.Thread(target=drive)
    driver.start()
    killed = 0
    while not done.is_set() or killed < kills:
        service = chance.choice(scene.stack.services) if killed >= 4 else (
            scene.stack.services[killed]
        )
        time.sleep(chance.uniform(0.05, 0.5))
        scene.stack.kill9(service)
        scene.stack.wait_ready(service)
        killed += 1
        if killed >= kills:
            done.wait(120)
    driver.join()
    assert not failures

    wait_for_feeds(scene)
    for service in ("events", "proposals"):
        wait_for_copy(scene, service)
    _wait_until_sent(scene)
    stored = _stored(scene)
    assert sorted(row[:3] for row in stored) == sorted(worker.due)
    accepted = scene.mailbox.count_by_message_id()
    for *_, state, doubts, identifier in stored:
        times = sum(count for message_id, count in accepted.items() if identifier in message_id)
        in_doubt = state == pb.message.Message.STATE_IN_DOUBT
        assert in_doubt or state == pb.message.Message.STATE_ACCEPTED
        assert times <= 1 + doubts
        assert times >= 1 or in_doubt
    print(f"{killed} kills, {len(stored)} messages")


def test_what_is_made_anew_tells_nobody_anything(start):
    scene = start()
    session = scene.publish(unlimited={})
    published = publish_call(scene, "ANEW22")
    # Nobody is told of it, since nobody is in the register yet.
    wait_for_feeds(scene)
    worker = Worker(scene, session, published.tracks[0].name)
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
