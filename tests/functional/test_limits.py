"""How much one caller, and one organisation, may ask; and that services may ask for more."""

import grpc
import pytest

from tests.functional.refused import refusal_of, refused
from tests.functional.register import accept, enter, invite
from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import OFFICER, STAFF, call, new_request_id, person

_BURST, _ORGANISATION_BURST, _STREAMS = 20, 4, 2
_FLAGS = [
    "--caller-rate=2",
    f"--caller-burst={_BURST}",
    f"--caller-streams={_STREAMS}",
]
_SIGNATORY = pb.mandate.Mandate.ROLE_SIGNATORY
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


def test_an_organisation_is_limited_by_what_is_done_in_its_name(start):
    flags = ["--organisation-rate=1", f"--organisation-burst={_ORGANISATION_BURST}"]
    scene = start(services=["organisations"], flags={"organisations": flags})
    organisation, other = enter(scene, 5301), enter(scene, 5302)
    email = scene.somebody()
    signatory = person(email)
    accept(scene, invite(scene, organisation, email, _SIGNATORY), email)

    def try_to_invite(caller, wanted=organisation):
        request = pb.mandate_service.CreateMandateRequest(
            parent=wanted.name,
            mandate={"full_name": "Iemand", "email": scene.somebody(), "role": _SIGNATORY},
            request_id=new_request_id(),
        )
        return refusal_of(call, scene.suite.mandates.CreateMandate, request, caller)

    strangers = [try_to_invite(person(scene.somebody())) for _ in range(_ENOUGH)]
    assert {told.reason for told in strangers} == {"MANDATE_NEEDED"}, "they take nothing from it"
    seen = [try_to_invite(signatory) for _ in range(_ENOUGH)]
    limits = [told for told in seen if told]
    assert not any(seen[: _ORGANISATION_BURST - 1])
    assert limits and all(told.metadata == {"limit": "organisation"} for told in limits)
    assert all(told.reason == "RATE_LIMITED" and told.retry_seconds > 0 for told in limits)
    assert not try_to_invite(OFFICER, other)
    wait_until(lambda: not try_to_invite(signatory), 20, lambda: "it is limited for ever")


def test_a_host_whose_credentials_are_no_good_is_limited(limited):
    def show(caller):
        return refusal_of(call, limited.suite.sessions.ListSessions, _SESSIONS, caller)

    reasons = [show("action nonsense").reason for _ in range(_ENOUGH)]
    assert reasons[:_BURST] == ["ACTION_TOKEN_INVALID"] * _BURST
    assert "RATE_LIMITED" in reasons
    wait_until(lambda: not show("staff els"), 20, lambda: "it is limited for ever")


def test_a_caller_has_so_many_streams(limited):
    def watch(caller="team reporting"):
        return limited.suite.changes.WatchChanges(
            pb.change.WatchChangesRequest(), caller=caller, timeout=60
        )

    def first(stream):
        """What it shows first, after heartbeats of a feed that has not got the change yet."""
        return next(each for each in stream if each.changes)

    limited.publish()
    open_ones = [watch() for _ in range(_STREAMS)]
    assert all(map(first, open_ones))
    with refused("RATE_LIMITED") as told:
        next(watch())
    assert told.metadata == {"limit": "stream"} and told.retry_seconds > 0
    assert first(watch("team dashboard"))
    open_ones[0].cancel()
    wait_until(lambda: not refusal_of(next, watch()), 20, lambda: "no stream is free")
    assert call(limited.suite.sessions.ListSessions, _SESSIONS, STAFF) is not None
