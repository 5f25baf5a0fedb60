"""Random parties that come and go, held against a model of the rules and against the database."""

import random
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from tests.programmes import pb, refusal
from tests.programmes.book import CANCELLED, CONFIRMED, WAITLISTED, Book
from tests.programmes.suite import STAFF, insist, new_request_id, person

_LARGEST_PARTY = 4


def _seeded():
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.mark.parametrize("steps", [300, pytest.param(5000, marks=pytest.mark.long)])
def test_one_after_another_as_the_model_says(start, steps):
    chance = _seeded()
    scene = start(services=["events"])  # ten thousand mails would delay those of other tests
    session = scene.publish(capacity=10)
    book = Book(session.capacity)
    for _ in range(steps):
        live = [each for each in book.entries.values() if each.state != CANCELLED]
        what = chance.random()
        if what < 0.05:
            _resize(scene, session, book, max(book.confirmed, chance.randint(_LARGEST_PARTY, 15)))
        elif what < 0.5 and live:
            leaving = chance.choice(live)
            cancel = pb.registration_service.CancelRegistrationRequest(
                name=leaving.name, request_id=new_request_id()
            )
            insist(scene.suite.registrations.CancelRegistration, cancel, person(leaving.email))
            book.leave(leaving)
        else:
            book.enter(scene.register(session, size=chance.randint(1, _LARGEST_PARTY)))
        book.compare(_read(scene, session))
    book.compare_all(scene.registrations(session))


def _resize(scene, session, book, capacity):
    """Staff give the session more seats, or fewer but enough for who sits."""
    current = _read(scene, session)
    update = pb.session_service.UpdateSessionRequest(
        session={"name": current.name, "etag": current.etag, "capacity": capacity},
        update_mask={"paths": ["capacity"]},
        request_id=new_request_id(),
    )
    insist(scene.suite.sessions.UpdateSession, update, STAFF)
    book.resize(capacity)


def _read(scene, session):
    get = pb.session_service.GetSessionRequest(name=session.name)
    return insist(scene.suite.sessions.GetSession, get)


@pytest.mark.parametrize("people", [400, pytest.param(6000, marks=pytest.mark.long)])
def test_all_at_once_nobody_passes(start, people):
    chance = _seeded()
    scene = start(services=["events"])  # ten thousand mails would delay those of other tests
    session = scene.publish(capacity=20)
    parties = [(chance.randint(1, _LARGEST_PARTY), chance.random() < 0.6) for _ in range(people)]
    before = scene.row_counts()

    def come_and_perhaps_go(party):
        size, goes = party
        registration = scene.register(session, size=size)
        if goes:
            scene.cancel(registration)
        return 1 + goes

    with ThreadPoolExecutor(16) as pool:
        writes = sum(pool.map(come_and_perhaps_go, parties))
    after = scene.row_counts()
    assert after["request_log"] - before["request_log"] == writes
    # Somebody who moves up has a row as well.
    assert after["audit"] - before["audit"] >= writes
    _check_line(scene, session)


def _check_line(scene, session):
    """The invariants of a line, on what is stored."""
    session_id = session.name.removeprefix("sessions/")
    with scene.database("events") as db:
        capacity, *counters = db.execute(
            "SELECT capacity, confirmed_seats, waiting_seats, waiting FROM session WHERE id = %s",
            (session_id,),
        ).fetchone()
        rows = db.execute(
            "SELECT state, seats FROM registration WHERE session_id = %s ORDER BY arrival",
            (session_id,),
        ).fetchall()
    confirmed = sum(seats for state, seats in rows if state == CONFIRMED)
    line = [seats for state, seats in rows if state == WAITLISTED]
    assert counters == [confirmed, sum(line), len(line)]
    assert confirmed <= capacity
    if line:
        assert capacity - confirmed < line[0], "a seat is free that the first in line could have"
        states = [state for state, _ in rows]
        first = states.index(WAITLISTED)
        assert CONFIRMED not in states[first:], "somebody passed the first in line"


def test_two_who_give_up_the_same_seat(scene):
    """One of them does; the other is told that it was done."""
    session = scene.publish(capacity=1)
    seated, waiting = scene.register(session), scene.register(session)

    def give_up(_):
        try:
            return scene.cancel(seated).state
        except grpc.RpcError as error:
            return refusal.read(error).reason

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(map(str, pool.map(give_up, range(8))))
    assert answers == sorted([str(CANCELLED)] + ["REGISTRATION_CANCELLED"] * 7)
    states = {each.name: each.state for each in scene.registrations(session)}
    assert states == {seated.name: CANCELLED, waiting.name: CONFIRMED}
