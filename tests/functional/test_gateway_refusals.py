"""What the gateway refuses, how it says so, and that services are none the worse for it."""

import json
import re

import pytest

from deploy.local.signing import SigningKey
from tests.functional import http2
from tests.functional.gateway import metrics
from tests.programmes.suite import STAFF, new_request_id

_SESSIONS = "/v1/sessions"
_NOBODYS = f"/v1/sessions/{new_request_id()}"
_SERIES = {"title": {"nl": "Reeks"}, "contactEmail": "reeks@example.org"}
_JSON = {"content-type": "application/json"}
_MIB = 1 << 20
_LIST, _GRPC = "/scharnier.events.v1.SessionService/ListSessions", "application/grpc"


@pytest.fixture(scope="module")
def scene(scene_behind_gateway):
    """The suite behind a gateway."""
    return scene_behind_gateway


_REFUSED = {
    # what: method, path, body, headers; then status, reason, and what the text says
    "an unknown parameter": ("GET", f"{_SESSIONS}?sort=1", None, {}, 400, "MALFORMED", '"sort"'),
    "a parameter twice over": (
        *("GET", f"{_SESSIONS}?page_size=1&page_size=x", None, {}, 400, "MALFORMED", "page_size"),
    ),
    "a token in the address": (
        *("GET", f"{_SESSIONS}?access_token=x", None, {}, 400, "MALFORMED", "access_token"),
    ),
    "a body that is no JSON": ("POST", "/v1/series", b"{", _JSON, 400, "MALFORMED", ""),
    "a value of another type": (
        *("POST", "/v1/series", {"title": 7}, {}, 400, "MALFORMED", "title"),
    ),
    "an unknown path": ("GET", "/v1/nothing", None, {}, 404, "", "no such path"),
    "a path outside": ("GET", "/", None, {}, 404, "", "no such path"),
    "health": ("POST", "/grpc.health.v1.Health/Check", {}, {}, 404, "", "no such path"),
    "a hidden slash": ("GET", "/v1/sessions%2fx", None, {}, 400, "MALFORMED", "malformed path"),
    "a method too few": ("DELETE", _NOBODYS, None, {}, 405, "", "allow"),
    "a connection to be upgraded": (
        *("GET", _SESSIONS, None, {"connection": "upgrade", "upgrade": "websocket"}),
        *(400, "MALFORMED", "upgraded"),
    ),
    "another method": ("POST", _NOBODYS, {}, {}, 405, "", "allow"),
    "a form": (
        *("POST", "/v1/series", b"title=x", {"content-type": "application/x-www-form-urlencoded"}),
        *(415, "MALFORMED", "application/json"),
    ),
    "JSON as gRPC": (
        *("POST", "/scharnier.events.v1.SessionService/GetSession", {}, {}, 415, "MALFORMED", ""),
    ),
    "a body of more than 64 KiB, of nobody": (
        *("POST", "/v1/series", {"title": {"nl": "x" * (64 << 10)}}, {}, 413, "", "64 KiB"),
    ),
    "the same, of who says that there is a token": (
        *("POST", "/v1/series", {"title": {"nl": "x" * (64 << 10)}}),
        *({"authorization": "Bearer none"}, 401, "TOKEN_INVALID", "token"),
    ),
    "the same, with the link of a mail": (
        *("POST", "/v1/series", {"title": {"nl": "x" * (64 << 10)}}),
        *({"authorization": "Action none"}, 413, "", "64 KiB"),
    ),
    "10,000 headers": (
        *("GET", _SESSIONS, None, {f"h{number}": "1" for number in range(10_000)}),
        *(431, "", "headers"),
    ),
    "51 headers": (
        *("GET", _SESSIONS, None, {f"h{number}": "1" for number in range(51)}, 431, "", "headers"),
    ),
    "a header of 7 KiB": ("GET", _SESSIONS, None, {"h": "x" * 7000}, 431, "", "headers"),
    "an underscore in a header": ("GET", _SESSIONS, None, {"x_user": "1"}, 400, "MALFORMED", ""),
    "an action token of nobody": (
        *("GET", _SESSIONS, None, {"authorization": "Action abc"}),
        *(401, "ACTION_TOKEN_INVALID", "link"),
    ),
    "a service's own refusal": ("GET", _NOBODYS, None, {}, 404, "RESOURCE_NOT_FOUND", "session"),
    "no token": ("POST", "/v1/series", _SERIES, {}, 401, "NOT_IDENTIFIED", "anonymous"),
}


@pytest.mark.parametrize("what", _REFUSED)
def test_refused(client, what):
    method, path, body, headers, status, reason, text = _REFUSED[what]
    answer = client.ask(method, path, body, headers=headers)
    assert (answer.status, answer.reason) == (status, reason), answer.body
    assert text in answer.json["message"]
    assert answer.headers["content-type"] == "application/json"


def test_says_which_methods_there_are(client):
    assert client.ask("DELETE", _SESSIONS).headers["allow"] == "GET, POST"


def test_anonymous_callers_read_what_is_published(scene, client):
    name = scene.publish().name
    assert client.ask("GET", f"/v1/{name}").json["name"] == name


@pytest.mark.parametrize(
    "spoil",
    [
        lambda issuer: "no token",
        lambda issuer: SigningKey().sign(issuer.header(), issuer.claims(STAFF)),
        lambda issuer: issuer.sign(issuer.header(), {**issuer.claims(STAFF), "aud": "another"}),
        lambda issuer: issuer.sign(issuer.header(), {**issuer.claims(STAFF), "iss": "https://x"}),
        lambda issuer: issuer.sign(issuer.header(), {**issuer.claims(STAFF), "exp": 1}),
    ],
    ids=["no token", "another key", "another audience", "another issuer", "expired"],
)
def test_foreign_tokens_stay_outside(scene, client, spoil):
    before = _handled(scene, "ListSessions")
    token = spoil(scene.stack.issuer)
    answer = client.ask("GET", _SESSIONS, headers={"authorization": f"Bearer {token}"})
    assert (answer.status, answer.reason) == (401, "TOKEN_INVALID")
    assert _handled(scene, "ListSessions") == before


def test_ours_is_let_in(client):
    assert client.ask("GET", _SESSIONS, caller=STAFF).status == 200


@pytest.mark.parametrize("size, status", [(_MIB - 1000, 400), (_MIB, 413)])
def test_who_is_known_may_send_1_mib(client, size, status):
    body = {"title": {"nl": "x" * size}}
    assert client.ask("POST", "/v1/series", body, caller=STAFF).status == status


@pytest.mark.parametrize("path, kind", [(_SESSIONS, {}), (_LIST, {"content-type": _GRPC})])
def test_nobody_sends_much_with_a_get(client, path, kind):
    # What is large is limited for a caller by what methods may bring it.
    answer = client.ask("GET", path, b" " * (65 << 10), STAFF, {"te": "trailers", **kind})
    told = answer.headers["grpc-message"] if kind else answer.json["message"]
    assert "64 KiB" in told


def test_json_is_json_in_capitals_too(client):
    path, kind = f"/v1/series?request_id={new_request_id()}", "Application/JSON; charset=UTF-8"
    assert client.ask("POST", path, _SERIES, STAFF, {"content-type": kind}).status == 200


def test_a_misspelt_field_is_no_silent_success(scene, client):
    session = scene.publish()
    patch = {"etag": session.etag, "titel": {"nl": "Anders"}}
    answer = client.ask("PATCH", f"/v1/{session.name}?request_id={new_request_id()}", patch, STAFF)
    assert (answer.status, answer.reason) == (400, "FIELD_MISSING")


def test_a_slow_body_is_given_up(scene, client):
    before = _handled(scene, "CreateSeries")
    connection = client.connect()
    try:
        client.begin(connection, "/v1/series", headers={"grpc-timeout": "200m"})
        answer = connection.getresponse()
        status = json.loads(answer.read())
    finally:
        connection.close()
    assert (answer.status, status["details"][0]["reason"]) == (408, "DEADLINE_PASSED")
    # JSON comes whole before a service hears of it.
    assert _handled(scene, "CreateSeries") == before


@pytest.mark.parametrize(
    "header",
    [
        *(("foo-bin", "@@@"), ("grpc-tags-bin", "!!!!"), ("foo", "\xe9\xff"), ("te", "gzip")),
        *(("grpc-encoding", "gzip"), ("grpc-encoding", "made-up"), ("grpc-accept-encoding", "@@")),
    ],
)
def test_no_header_breaks_a_connection_on_which_others_call(scene, client, header):
    before = _broken_connections(scene)
    for _ in range(5):
        assert client.ask("GET", _SESSIONS, headers=dict([header])).status in (200, 400)
    assert _broken_connections(scene) == before


def _broken_connections(scene):
    """Those to services that ended while calls ran on them."""
    return re.findall(
        r"^envoy_cluster_upstream_cx_destroy_\w*with_active_rq{.*", metrics(scene.stack), re.M
    )


def test_who_takes_calls_back_by_the_thousand_is_cut_off(scene, client):
    assert not http2.take_back(scene.stack.gateway.address, _SESSIONS, calls=100)
    assert http2.take_back(scene.stack.gateway.address, _SESSIONS, calls=5000)
    assert client.ask("GET", _SESSIONS).status == 200


def test_a_header_makes_nobody_a_service(client):
    pretended = {"x-forwarded-client-cert": "URI=spiffe://scharnier.local/ns/local/sa/events"}
    answer = client.ask("POST", "/v1/series", _SERIES, headers=pretended)
    assert answer.reason == "NOT_IDENTIFIED"


def _handled(scene, method):
    """Calls of a method that events has handled, as it counts."""
    return sum(
        float(line.split()[-1])
        for line in scene.metrics("events").splitlines()
        if line.startswith("grpc_server_handled_total") and f'"{method}"' in line
    )
