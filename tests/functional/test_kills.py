"""kill -9 while mails go out: nobody is lost, and nobody is told twice without a recorded doubt."""

import random

import pytest

from tests.functional.kills import check_mails, kill_during
from tests.functional.scene import a_cancellation, a_request, persist
from tests.programmes import pb
from tests.programmes.suite import person


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
    kill_during(
        lambda: _register_and_give_up(scene, session, people, due),
        scene,
        [("notifications", "events")[number % 2] for number in range(kills)],
        chance,
    )
    assert scene.stack.restarts("events") >= kills // 2

    messages = scene.wait_for_messages(len(due), seconds=90)
    seen = [(each.object, pb.message.Purpose.Name(each.purpose)) for each in messages]
    assert sorted(seen) == sorted(due)
    assert len(scene.registrations(session)) == people
    check_mails(
        scene.mailbox,
        [(each.name.removeprefix("messages/"), each.state, each.doubts) for each in messages],
    )
    print(
        f"{kills} kills, {len(messages)} messages, {sum(each.doubts for each in messages)} doubts, "
        f"{scene.mailbox.count()} mails accepted"
    )
