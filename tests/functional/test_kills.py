"""kill -9 while mails go out: nobody is lost, and nobody is told twice without a recorded doubt."""

import random
import threading
import time

import pytest

from tests.functional.scene import a_cancellation, a_request, persist
from tests.programmes import pb
from tests.programmes.suite import person

_ACCEPTED = pb.message.Message.STATE_ACCEPTED
_IN_DOUBT = pb.message.Message.STATE_IN_DOUBT


def _register_and_give_up(scene, session, count, due):
    """People register; every fourth gives up again. Adds the mails that are due for each."""
    for number in range(count):
        email = scene.somebody()
        # The relay takes its time, so that kills meet mails under way.
        scene.mailbox.script(email, ["slow 0.05"] * 2)
        registration = persist(
            scene.suite.registrations.Register, a_request(session, email), person(email)
        )
        due.append((registration.name, "PURPOSE_REGISTRATION_CONFIRMED"))
        if number % 4 == 0:
            persist(
                scene.suite.registrations.CancelRegistration,
                a_cancellation(registration),
                person(email),
            )
            due.append((registration.name, "PURPOSE_REGISTRATION_CANCELLED"))


@pytest.mark.parametrize(
    "kills, people",
    [
        pytest.param(8, 120, id="quick"),
        pytest.param(40, 1000, id="many", marks=pytest.mark.long),
    ],
)
def test_nobody_is_lost_and_nobody_told_twice(start, kills, people):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    scene = start(durable=True)
    session = scene.publish(capacity=100000)
    due = []
    failures = []

    def drive():
        try:
            _register_and_give_up(scene, session, people, due)
        except BaseException as failure:
            failures.append(failure)
            raise

    driver = threading.Thread(target=drive)
    driver.start()
    for number in range(kills):
        service = ("notifications", "events")[number % 2]
        time.sleep(chance.uniform(0.05, 0.6))
        scene.stack.kill9(service)
        scene.stack.wait_ready(service)
    driver.join()
    assert not failures
    assert scene.stack.restarts("events") >= kills // 2

    messages = scene.wait_for_messages(len(due), seconds=90)
    seen = [(each.object, pb.message.Purpose.Name(each.purpose)) for each in messages]
    assert sorted(seen) == sorted(due)
    assert len(scene.registrations(session)) == people
    accepted = scene.mailbox.count_by_message_id()
    for message in messages:
        uuid = message.name.removeprefix("messages/")
        times = sum(count for message_id, count in accepted.items() if uuid in message_id)
        assert message.state in (_ACCEPTED, _IN_DOUBT), message
        assert times <= 1 + message.doubts, f"{message.name} was accepted {times} times"
        assert times >= 1 or message.state == _IN_DOUBT, f"{message.name} was lost"
    print(
        f"{kills} kills, {len(messages)} messages, {sum(each.doubts for each in messages)} doubts, "
        f"{sum(accepted.values())} mails accepted"
    )
