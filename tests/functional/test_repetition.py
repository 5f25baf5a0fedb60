"""The same request_id has one effect, however often and however much at once it comes."""

from tests.functional.refused import refused
from tests.functional.scene import a_cancellation, a_request
from tests.programmes import pb
from tests.programmes.suite import call, person


def test_twelve_at_once_have_one_effect_and_one_answer(scene):
    session = scene.publish()
    suites = [scene.another_suite() for _ in range(4)]
    for _ in range(10):
        email = scene.somebody()
        request = a_request(session, email)
        before = scene.row_counts()
        calls = [
            suites[number % 4].registrations.Register.future(request, person(email), timeout=30)
            for number in range(12)
        ]
        answers = [each.result() for each in calls]
        assert answers == [answers[0]] * len(answers)
        after = scene.row_counts()
        assert {
            table: after[table] - before[table]
            for table in ("registration", "attendee", "request_log")
        } == {"registration": 1, "attendee": 1, "request_log": 1}
        assert after["audit"] - before["audit"] == 1
    for each in suites:
        each.close()


def test_another_body_is_refused(scene):
    session = scene.publish()
    email = scene.somebody()
    request = a_request(session, email)
    call(scene.suite.registrations.Register, request, person(email))
    request.registration.region = pb.region.REGION_BRU
    before = scene.row_counts()
    with refused("REQUEST_ID_REUSED", field="request_id"):
        call(scene.suite.registrations.Register, request, person(email))
    assert scene.row_counts() == before


def test_another_caller_is_another_matter(scene):
    session = scene.publish()
    one, other = scene.somebody(), scene.somebody()
    request = a_request(session, one)
    first = call(scene.suite.registrations.Register, request, person(one))
    theirs = a_request(session, other)
    theirs.request_id = request.request_id
    assert call(scene.suite.registrations.Register, theirs, person(other)).name != first.name


def test_a_repetition_answers_with_what_is_now(scene):
    session = scene.publish(capacity=1)
    seated = scene.register(session)
    email = scene.somebody()
    request = a_request(session, email)
    waiting = call(scene.suite.registrations.Register, request, person(email))
    scene.cancel(seated)
    again = call(scene.suite.registrations.Register, request, person(email))
    assert again.name == waiting.name
    assert again.state == pb.registration.Registration.STATE_CONFIRMED


def test_giving_up_twice_is_one_effect(scene):
    session = scene.publish()
    registration = scene.register(session)
    request = a_cancellation(registration)
    caller = person(registration.registrant.email)
    first = call(scene.suite.registrations.CancelRegistration, request, caller)
    assert call(scene.suite.registrations.CancelRegistration, request, caller) == first
    with refused("REGISTRATION_CANCELLED"):
        call(scene.suite.registrations.CancelRegistration, a_cancellation(registration), caller)
