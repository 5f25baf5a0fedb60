"""How much one caller, and one organisation, may ask; and that services may ask for more."""

import grpc
import pytest

from tests.functional.refused import refusal_of, refused
from tests.functional.scene import a_request, wait_until
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, person

_BURST, _ORGANISATION_BURST, _STREAMS = 20, 4, 2
_FLAGS = [
    "--caller-rate=2",
    f"--caller-burst={_BURST}",
    "--organisation-rate=1",
    f"--organisation-burst={_ORGANISATION_BURST}",
    f"--caller-streams={_STREAMS}",
]
_SESSIONS = pb.session_service.ListSessionsRequest(page_size=1)
_ENOUGH = 10 * _BURST  # to be refused, however slow this machine is


@pytest.fixture(scope="module")
def limited(start_for_module):
    """Events, which asks little of anybody."""
    return start_for_module(services=["organisations", "events"], flags={"events": _FLAGS})


def _calls_until_limited(scene, caller):
    """How many calls are served, and how the next is refused."""
    for served in range(_ENOUGH):
        seen = refusal_of(call, scene.suite.sessions.ListSessions, _SESSIONS, caller)
        if seen:
            return served, seen
    raise AssertionError(f"{_ENOUGH} calls were served")


@pytest.mark.parametrize("caller", ["staff maes", person("jan@example.org"), "team portaal", None])
def test_a_caller_is_refused_and_then_served_again(limited, caller):
    served, told = _calls_until_limited(limited, caller)
    assert served >= _BURST
    assert told.reason == "RATE_LIMITED" and told.metadata == {"limit": "caller"}
    assert told.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 0 < told.retry_seconds <= 1
    # Somebody else is served meanwhile.
    assert call(limited.suite.sessions.ListSessions, _SESSIONS, "operator piet") is not None
    wait_until(
        lambda: not refusal_of(call, limited.suite.sessions.ListSessions, _SESSIONS, caller),
        20,
        lambda: "who has waited is not served",
    )


def test_a_person_is_one_caller_whoever_brings_the_token(limited):
    assert _calls_until_limited(limited, person("bo@example.org"))[0] >= _BURST
    with refused("RATE_LIMITED"):
        call(
            limited.as_service("notifications").sessions.ListSessions,
            _SESSIONS,
            person("bo@example.org"),
        )


def test_services_are_not_limited(limited):
    feed = pb.change.ListChangesRequest(page_size=1)
    for _ in range(_ENOUGH):
        assert call(limited.as_service("notifications").changes.ListChanges, feed) is not None


def test_nor_is_what_they_pass_on_for_nobody_in_particular(limited):
    for _ in range(_ENOUGH):
        assert (
            call(limited.as_service("notifications").sessions.ListSessions, _SESSIONS) is not None
        )


def test_an_organisation_is_limited_whoever_calls_for_it(limited):
    session = limited.publish(capacity=1000)
    first, other = (f"organisations/01890000-0000-7000-8000-00000000000{n}" for n in (1, 2))

    def register(organisation, number):
        email = f"iemand.{number}@example.org"
        request = a_request(session, email)
        request.registration.organisation = organisation
        return refusal_of(call, limited.suite.registrations.Register, request, person(email))

    seen = [register(first, number) for number in range(_ENOUGH)]
    limits = [told for told in seen if told and told.reason == "RATE_LIMITED"]
    assert not any(told in limits for told in seen[:_ORGANISATION_BURST])
    assert all(told.metadata == {"limit": "organisation"} for told in limits)
    assert limits and all(told.retry_seconds > 0 for told in limits)
    told = register(other, 1)
    assert told is None or told.reason != "RATE_LIMITED"
    wait_until(
        lambda: (register(first, 2) or told) not in limits, 20, lambda: "it is limited for ever"
    )


def test_a_caller_has_so_many_streams(limited):
    def watch(caller="team reporting"):
        return limited.suite.changes.WatchChanges(
            pb.change.WatchChangesRequest(), caller=caller, timeout=60
        )

    limited.publish()
    open_ones = [watch() for _ in range(_STREAMS)]
    assert all(next(stream).changes for stream in open_ones)
    with refused("RATE_LIMITED") as told:
        next(watch())
    assert told.metadata == {"limit": "stream"} and told.retry_seconds > 0
    assert next(watch("team dashboard")).changes
    open_ones[0].cancel()
    wait_until(lambda: not refusal_of(next, watch()), 20, lambda: "no stream is free")
    assert call(limited.suite.sessions.ListSessions, _SESSIONS, STAFF) is not None
