"""What the services need goes away and comes back."""

import pytest
from psycopg import sql

from tests.functional.refused import refused
from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, insist

_ACCEPTED = pb.message.Message.STATE_ACCEPTED
_QUEUED = pb.message.Message.STATE_QUEUED
_SENDING = pb.message.Message.STATE_SENDING


def test_postgres_goes_away_and_comes_back(start):
    scene = start()
    session = scene.publish()
    scene.wait_for_messages(0)
    pids = {service: scene.stack.pid(service) for service in scene.stack.services}
    scene.stack.stop_postgres()

    get = pb.session_service.GetSessionRequest(name=session.name)
    with refused("DEPENDENCY_AWAY") as told:
        call(scene.suite.sessions.GetSession, get)
    assert told.retry_seconds > 0
    for service in pids:
        wait_until(
            lambda service=service: not scene.stack.is_ready(service),
            10,
            lambda service=service: f"{service} is still ready without a database",
        )

    scene.stack.start_postgres()
    for service in pids:
        scene.stack.wait_ready(service)
    assert call(scene.suite.sessions.GetSession, get).name == session.name
    scene.register(session)
    scene.wait_for_messages(1)
    assert pids == {service: scene.stack.pid(service) for service in pids}


def test_passwords_are_changed_without_a_restart(start):
    scene = start(services=["events"])
    session = scene.publish()
    get = pb.session_service.GetSessionRequest(name=session.name)
    pid = scene.stack.pid("events")
    roles = scene.stack.database
    for role in (roles.roles["events"], roles.audit_roles["events"]):
        with scene.database("events") as db:
            db.execute(sql.SQL("ALTER ROLE {} PASSWORD 'another'").format(sql.Identifier(role)))
            roles.password_file(role).write_text("another\n")
            # So that every connection has to be a new one.
            db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [role]
            )
    assert insist(scene.suite.sessions.GetSession, get).name == session.name
    entries = pb.audit.ListAuditEntriesRequest()
    assert insist(scene.suite.audits["events"].ListAuditEntries, entries, STAFF).audit_entries
    assert scene.stack.pid("events") == pid


def test_what_the_relay_accepts_meanwhile_is_recorded_once_postgres_is_back(start):
    scene = start()
    session = scene.publish()
    email = scene.somebody()
    scene.mailbox.script(email, ("hold",))
    scene.register(session, email)
    assert scene.mailbox.held.wait(30)
    scene.stack.stop_postgres()
    scene.mailbox.release()
    log = scene.stack.log_path("notifications")
    wait_until(lambda: "saving a result fails" in log.read_text(), 30, log.read_text)

    scene.stack.start_postgres()
    scene.stack.wait_ready("notifications")
    (message,) = scene.wait_for_messages(1)
    assert (message.state, message.attempts, message.doubts) == (_ACCEPTED, 1, 0)
    assert scene.mailbox.count_by_recipient()[email] == 1


def test_mails_wait_for_the_relay(start):
    scene = start()
    session = scene.publish()
    scene.mailbox.stop()
    for _ in range(5):
        scene.register(session)

    def tried():
        messages = scene.messages()
        return len(messages) == 5 and any(each.attempts > 0 for each in messages)

    wait_until(tried, 30, lambda: "no message was tried without a relay")
    assert all(each.state in (_QUEUED, _SENDING) for each in scene.messages())
    scene.mailbox.start()
    messages = scene.wait_for_messages(5)
    assert all(each.state == _ACCEPTED for each in messages)
    assert sorted(scene.mailbox.count_by_message_id().values()) == [1] * 5


# What the relay does at each attempt; the state that must come of it; how many mails it accepted.
@pytest.mark.parametrize(
    "script, state, accepted",
    [
        ((), "ACCEPTED", 1),
        (("450",), "ACCEPTED", 1),
        (("421", "451"), "ACCEPTED", 1),
        (("550",), "PERMANENT_FAILURE", 0),
        (("close before",), "ACCEPTED", 1),
        (("close after",), "ACCEPTED", 2),
        (("close after", "close after"), "IN_DOUBT", 2),
        (("close before", "close before"), "IN_DOUBT", 0),
        (("slow 1",), "ACCEPTED", 1),
    ],
)
def test_what_a_relay_may_answer(scene, script, state, accepted):
    session = scene.publish()
    email = scene.somebody()
    scene.mailbox.script(email, script)
    registration = scene.register(session, email)
    found = []

    def settled():
        found[:] = [each for each in scene.messages() if each.object == registration.name]
        return found and found[0].state not in (_QUEUED, _SENDING)

    wait_until(settled, 60, lambda: found)
    (message,) = found
    assert pb.message.Message.State.Name(message.state) == f"STATE_{state}"
    assert scene.mailbox.count_by_recipient()[email] == accepted <= 1 + message.doubts
