"""Seats under rush: never one too many, and nobody passes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functional.scene import a_cancellation, a_request
from tests.programmes import pb
from tests.programmes.suite import call, insist, person

_CONFIRMED = pb.registration.Registration.STATE_CONFIRMED
_WAITLISTED = pb.registration.Registration.STATE_WAITLISTED


@pytest.fixture
def suites(scene):
    """Four connections, since one carries a hundred calls at a time at most."""
    several = [scene.another_suite() for _ in range(4)]
    yield several
    for each in several:
        each.close()


def test_two_hundred_for_the_last_seat(scene, suites):
    session = scene.publish(capacity=3)
    scene.register(session, size=2)
    calls = []
    for number in range(200):
        email = scene.somebody()
        method = suites[number % len(suites)].registrations.Register
        calls.append(
            method.future(a_request(session, email), person(email), timeout=30)
        )
    answers = [each.result() for each in calls]
    assert [each.state for each in answers].count(_CONFIRMED) == 1
    waiting = [each.waiting_position for each in answers if each.state == _WAITLISTED]
    assert sorted(waiting) == list(range(1, 200))
    listed = [each for each in scene.registrations(session) if each.state == _WAITLISTED]
    assert [each.waiting_position for each in listed] == list(range(1, 200))
    with scene.database("events") as db:
        counters = db.execute(
            "SELECT confirmed_seats, waiting_seats, waiting FROM session WHERE id = %s",
            (session.name.removeprefix("sessions/"),),
        ).fetchone()
    assert counters == (3, 199, 199)


def test_a_call_sent_after_an_answer_never_stands_before_it(scene, suites):
    session = scene.publish(capacity=5)

    def register(number):
        email = scene.somebody()
        sent = time.monotonic()
        answer = call(
            suites[number % len(suites)].registrations.Register,
            a_request(session, email),
            person(email),
            timeout=30,
        )
        return answer.name, sent, time.monotonic()

    with ThreadPoolExecutor(32) as pool:
        times = {name: (sent, answered) for name, sent, answered in pool.map(register, range(600))}
    order = [times[each.name] for each in scene.registrations(session)]
    assert len(order) == 600
    earliest_answer_behind = float("inf")
    for sent, answered in reversed(order):
        assert earliest_answer_behind >= sent
        earliest_answer_behind = min(earliest_answer_behind, answered)


def test_a_newcomer_never_passes_the_first_in_line(scene, suites):
    session = scene.publish(capacity=1)
    seated = scene.register(session)
    first = scene.register(session)
    with ThreadPoolExecutor(2) as pool:
        for number in range(150):
            newcomer = scene.somebody()
            together = threading.Barrier(2)

            def meet(method, request, caller):
                together.wait()
                return insist(method, request, caller)

            cancelled = pool.submit(
                meet,
                suites[number % 2].registrations.CancelRegistration,
                a_cancellation(seated),
                person(seated.registrant.email),
            )
            came = pool.submit(
                meet,
                suites[2 + number % 2].registrations.Register,
                a_request(session, newcomer),
                person(newcomer),
            )
            cancelled.result()
            last = came.result()
            promoted = insist(
                scene.suite.registrations.GetRegistration,
                pb.registration_service.GetRegistrationRequest(name=first.name),
                person(first.registrant.email),
            )
            assert (promoted.state, last.state) == (_CONFIRMED, _WAITLISTED)
            seated, first = promoted, last


def test_a_party_is_seated_whole(scene):
    session = scene.publish(capacity=4)
    couple = scene.register(session, size=2)
    family = scene.register(session, size=3)
    alone = scene.register(session)
    assert (family.state, family.waiting_position) == (_WAITLISTED, 1)
    # One would fit, but nobody passes.
    assert (alone.state, alone.waiting_position) == (_WAITLISTED, 2)
    scene.cancel(couple)
    states = {each.name: each.state for each in scene.registrations(session)}
    assert (states[family.name], states[alone.name]) == (_CONFIRMED, _CONFIRMED)
