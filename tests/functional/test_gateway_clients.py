"""Who may come to the gateway, and how: browsers, gRPC, gRPC-Web, many, and one too often."""

import base64
import contextlib
import datetime
import re
import resource
import socket
import ssl
import struct
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from deploy.gateway.settings import Rate
from tests.functional import http2
from tests.functional.gateway import Client, count
from tests.functional.scene import wait_until
from tests.programmes import pb, refusal
from tests.programmes.suite import STAFF, Suite, holder, new_request_id, person

_SESSIONS = "/v1/sessions"
_PAGE = "https://loket.example.org"
_GET = "/scharnier.events.v1.SessionService/GetSession"
_LIST = "/scharnier.events.v1.SessionService/ListSessions"
_WATCH = "/scharnier.events.v1.ChangeService/WatchChanges"
_TEAM = "team reporting"
_64_KIB = 64 << 10
_CONNECTIONS = 1500
_UNLIMITED = Rate(a_second=100_000, burst=100_000)
_RESETS = "envoy_envoy_overload_actions_reset_high_memory_stream_count"
_PUBLIC = {"envoy_http_conn_manager_prefix": "public"}
_EVENTS = {"envoy_cluster_name": "events"}


@pytest.fixture(scope="module")
def scene(scene_behind_gateway):
    """The suite behind a gateway."""
    return scene_behind_gateway


def _through_gateway(scene, **options):
    address = scene.stack.gateway.address
    return Suite(dict.fromkeys(scene.stack.services, address), scene.stack, **options)


# Browsers.


def test_a_page_that_may_call_is_told_so(client):
    asks = {"origin": _PAGE, "access-control-request-method": "PATCH"}
    answer = client.ask("OPTIONS", _SESSIONS, headers=asks)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == _PAGE
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]
    answer = client.ask("GET", _SESSIONS, headers={"origin": _PAGE})
    assert answer.headers["access-control-allow-origin"] == _PAGE
    refused = client.ask("GET", _SESSIONS + "?sort=1", headers={"origin": _PAGE})
    assert refused.headers["access-control-allow-origin"] == _PAGE


def test_another_page_is_not(client):
    asks = {"origin": "https://elders.example.org", "access-control-request-method": "GET"}
    for method in ("OPTIONS", "GET"):
        answer = client.ask(method, _SESSIONS, headers=asks)
        assert answer.headers["access-control-allow-origin"] is None


# gRPC-Web and gRPC.


def _web(client, path, message, caller=None, text=False):
    """The frames that come first, as pairs of flags and content, and the answer."""
    body = b"\0" + struct.pack(">I", len(message)) + message
    kind = "application/grpc-web-text" if text else "application/grpc-web+proto"
    body = base64.b64encode(body) if text else body
    headers = {"content-type": kind, "accept": kind, "x-grpc-web": "1"}
    answer = client.ask("POST", path, body, caller, headers)
    content = _from_base64(answer.body) if text else answer.body
    frames = []
    while content:
        flags, length = struct.unpack(">BI", content[:5])
        frames.append((flags, content[5:][:length]))
        content = content[5:][length:]
    return frames, answer


def _from_base64(text):
    """Each frame has an end of its own."""
    return b"".join(base64.b64decode(text[at:][:4]) for at in range(0, len(text), 4))


@pytest.mark.parametrize("text", [False, True], ids=["binary", "text"])
def test_grpc_web(scene, client, text):
    session = scene.publish()
    request = pb.session_service.GetSessionRequest(name=session.name)
    ((kind, message), (end, trailers)), answer = _web(
        client, _GET, request.SerializeToString(), text=text
    )
    assert (answer.status, kind, end) == (200, 0, 0x80)
    assert pb.session.Session.FromString(message).name == session.name
    assert b"grpc-status:0" in trailers.replace(b" ", b"")


def test_grpc_web_is_told_why_not(client):
    request = pb.session_service.GetSessionRequest(name="sessions/x")
    _, answer = _web(client, _GET, request.SerializeToString())
    assert answer.headers["grpc-status"] == "3"


def test_grpc_web_hears_of_one_code_at_a_time(start):
    scene = start(gateway={"caller": Rate(a_second=1, burst=5)}, services=["events"])
    client = Client(scene.stack)
    with contextlib.closing(client.connect()) as slow:
        kind = {"content-type": "application/grpc-web+proto", "grpc-timeout": "200m"}
        client.begin(slow, _GET, headers=kind)
        too_long = slow.getresponse().headers
    answers = (_web(client, _LIST, b"")[1].headers for _ in range(50))
    too_often = next(each for each in answers if each.get("grpc-status", "0") != "0")
    for headers, code, text in ((too_long, "2", "too long"), (too_often, "14", "too much")):
        # Which is what Envoy makes of the HTTP status: details would tell of another.
        assert headers["grpc-status"] == code
        assert text in urllib.parse.unquote(headers["grpc-message"])
        assert "grpc-status-details-bin" not in headers


def test_grpc_web_streams(scene, client):
    scene.publish()
    message = pb.change.WatchChangesRequest().SerializeToString()
    connection = client.connect()
    try:
        kind = {"content-type": "application/grpc-web+proto"}
        body = b"\0" + struct.pack(">I", len(message)) + message
        client.send(connection, "POST", _WATCH, body, _TEAM, kind)
        answer = connection.getresponse()
        flags, length = struct.unpack(">BI", answer.read(5))
        changes = pb.change.WatchChangesResponse.FromString(answer.read(length))
    finally:
        connection.close()
    assert flags == 0 and changes.next.generation


def test_grpc_streams_both_ways(scene):
    with _through_gateway(scene) as suite:
        watched = suite.changes.WatchChanges(pb.change.WatchChangesRequest(), _TEAM, timeout=20)
        assert next(watched).next.generation
        watched.cancel()
        rows = [pb.organisation_service.ImportOrganisationsRequest(options={"dry_run": True})]
        officer = "register-officer maes"
        answer = suite.organisations.ImportOrganisations(iter(rows), officer, timeout=20)
        assert answer == type(answer)()


def test_grpc_callers_with_a_foreign_token_are_refused(scene):
    with _through_gateway(scene) as suite, pytest.raises(grpc.RpcError) as refused:
        bearer = [("authorization", "Bearer x.y.z")]
        suite.sessions.ListSessions(pb.session_service.ListSessionsRequest(), metadata=bearer)
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert refusal.read(refused.value).reason == "TOKEN_INVALID"


def test_grpc_callers_are_told_of_a_body_that_is_too_large(scene):
    with _through_gateway(scene) as suite, pytest.raises(grpc.RpcError) as refused:
        suite.series.CreateSeries(pb.series_service.CreateSeriesRequest(request_id="x" * _64_KIB))
    assert "64 KiB" in refused.value.details()


def test_the_gateway_is_nobody_that_services_listen_to(scene):
    # It shows a certificate, so that services take its calls; but not as those of a service.
    with _through_gateway(scene) as suite, pytest.raises(grpc.RpcError) as refused:
        suite.messages.ListMessages(pb.message_service.ListMessagesRequest())
    assert refusal.read(refused.value).reason == "NOT_IDENTIFIED"


# Many.


@contextlib.contextmanager
def _many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_1500_connections_at_once(scene, client):
    host, port = scene.stack.gateway.address.split(":")
    context = ssl.create_default_context(cafile=scene.stack.ca_file)
    with _many_descriptors(), contextlib.ExitStack() as open_ones:
        first = open_ones.enter_context(contextlib.closing(client.connect()))
        shaken = []
        for _ in range(_CONNECTIONS):
            plain = socket.create_connection((host, int(port)), timeout=10)
            try:
                shaken.append(context.wrap_socket(plain, server_hostname=host))
                open_ones.enter_context(shaken[-1])
            except OSError:  # closed at once: there are too many
                plain.close()
        # Those up to the limit are there and served; the services behind do not notice.
        assert 900 < len(shaken) < scene.stack.gateway.settings.connections
        for connection in (first.sock, shaken[-1]):
            connection.sendall(f"GET {_SESSIONS} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert scene.stack.is_ready("gateway")
        # As the alert GatewayFull counts them.
        assert count(scene.stack, "envoy_listener_downstream_global_cx_overflow") > 0
        session = scene.publish()
        assert scene.register(session)
    wait_until(lambda: _is_open(client), 20, lambda: "nobody is let in again")


def _is_open(client):
    try:
        return client.ask("GET", _SESSIONS).status == 200
    except OSError:
        return False


_ENDLESS = pytest.mark.parametrize(
    "caller, path", [(None, _GET), (None, _WATCH), (STAFF, _WATCH)]
)


@_ENDLESS
def test_requests_that_never_end_close_no_gateway(start, caller, path):
    little = {"heap_bytes": 40 << 20, "caller": _UNLIMITED, "address": _UNLIMITED}
    scene = start(gateway=little, services=["events"])
    client, address = Client(scene.stack), scene.stack.gateway.address
    # More than there is room for.
    with http2.unfinished(address, path, 130, 10, _longest(scene, caller), frames=3):
        wait_until(lambda: _is_open(client), 20, lambda: "nobody gets through")
        # By ending what holds most, again and again.
        assert count(scene.stack, _RESETS) > 300


def test_no_line_is_faster_than_what_ends_requests(start):
    heap = 40 << 20
    little = {"heap_bytes": heap, "caller": _UNLIMITED, "address": _UNLIMITED}
    scene = start(gateway=little, services=["events"])
    address, headers = scene.stack.gateway.address, _longest(scene, STAFF)
    before = _peak_bytes(scene)
    with ThreadPoolExecutor(4) as lines:
        # As many as 400 MiB.
        ended = sum(lines.map(lambda _: http2.fill(address, _GET, 100, headers), range(4)))
    assert ended > 300
    assert _peak_bytes(scene) - before < 2 * heap


def _peak_bytes(scene):
    """The most memory that the gateway ever had."""
    status = Path(f"/proc/{scene.stack.pid('gateway')}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)[1]) << 10


@_ENDLESS
def test_calls_whose_requests_never_come_take_nobodys_place(start, caller, path):
    # What ends those of strangers is not that they do not arrive.
    patience = {} if caller else {"arrival": datetime.timedelta(seconds=60)}
    scene = start(gateway={"caller": _UNLIMITED, **patience}, services=["events"])
    address, calls = scene.stack.gateway.address, 1000

    def begun():
        return count(scene.stack, "envoy_http_downstream_rq_active", **_PUBLIC)

    with http2.unfinished(address, path, calls // 100, 100, _longest(scene, caller)):
        wait_until(lambda: begun() == calls, 10, begun)
        assert count(scene.stack, "envoy_cluster_upstream_rq_active", **_EVENTS) == 0
        assert _is_open(Client(scene.stack))
        # They are given up, however long they want to run.
        wait_until(lambda: begun() == 0, 20, begun)


def _longest(scene, caller):
    """Headers of a call that is to run as long as anybody may ask for."""
    bearer = [("authorization", f"Bearer {scene.stack.token(caller)}")] if caller else []
    return [(name.encode(), value.encode()) for name, value in [("grpc-timeout", "30S"), *bearer]]


def test_what_streams_may_take_longer_than_a_request(start):
    at_once = {"arrival": datetime.timedelta(seconds=1)}
    scene = start(gateway=at_once, services=["events", "organisations"])
    client = Client(scene.stack)

    def rows():
        yield pb.organisation_service.ImportOrganisationsRequest(options={"dry_run": True})
        with contextlib.closing(client.connect()) as slow:
            client.begin(slow, "/v1/series", STAFF, {"grpc-timeout": "30S"})
            answers.append(slow.getresponse().status)

    answers = []
    with _through_gateway(scene) as suite:
        watched = suite.changes.WatchChanges(pb.change.WatchChangesRequest(), _TEAM, timeout=40)
        officer = "register-officer maes"
        answer = suite.organisations.ImportOrganisations(rows(), officer, timeout=20)
        assert answers == [408] and answer == type(answer)()
        scene.publish()
        assert any(each.changes for each in watched)
        watched.cancel()


# One too often.


def test_who_asks_too_often_waits(start):
    scene = start(gateway={"caller": Rate(a_second=1, burst=5)}, services=["events"])
    client = Client(scene.stack)

    def ask(caller=None):
        return client.ask("GET", f"{_SESSIONS}/{new_request_id()}", caller=caller)

    def refused(callers):
        """The first answer that tells one of them to wait."""
        return next(each for each in map(ask, callers) if each.status == 429)

    answer = refused([STAFF] * 50)
    assert answer.reason == "RATE_LIMITED"
    assert int(answer.headers["retry-after"]) > 0
    # Others go on meanwhile: another caller, and whoever shows no token.
    assert ask(person("iemand@example.org")).status == 404
    assert ask().status == 404
    # Those without a token count by their address, whatever else they show.
    assert refused(holder(f"made-up-{number}") for number in range(50)).reason == "RATE_LIMITED"
    assert refused([None] * 50).reason == "RATE_LIMITED"
    with _through_gateway(scene) as suite, pytest.raises(grpc.RpcError) as too_often:
        for _ in range(50):
            suite.sessions.ListSessions(pb.session_service.ListSessionsRequest(), timeout=10)
    assert too_often.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refusal.read(too_often.value).reason == "RATE_LIMITED"


@pytest.mark.parametrize("chunked", [False, True], ids=["of a length", "chunked"])
def test_who_sends_much_too_often_waits(start, chunked):
    scene = start(gateway={"large": Rate(a_second=1, burst=5)}, services=["events"])
    client = Client(scene.stack)

    def send(size, caller=STAFF):
        body, headers = b"{" + b" " * size, {"content-type": "application/json"}
        if chunked:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            headers["transfer-encoding"] = "chunked"
        return client.ask("POST", "/v1/series", body, caller, headers).status

    assert {send(_64_KIB) for _ in range(20)} == {400, 429}
    assert send(_64_KIB, person("iemand@example.org")) == 400
    # Nobody needs to wait for the rest.
    ask = [client.ask("GET", _SESSIONS, caller=STAFF).status for _ in range(20)]
    assert ask == [200] * 20
    assert chunked or [send(100) for _ in range(20)] == [400] * 20


def test_bad_tokens_from_one_address_are_not_looked_at_without_end(start):
    scene = start(gateway={"address": Rate(a_second=1, burst=5)}, services=["events"])
    client = Client(scene.stack)
    bad = {"authorization": "Bearer made-up"}
    answers = [client.ask("GET", _SESSIONS, headers=bad) for _ in range(20)]
    assert {each.status for each in answers} == {401, 429}
    assert {each.reason for each in answers} == {"TOKEN_INVALID", "RATE_LIMITED"}


def test_answers_that_nobody_takes_close_no_gateway(start):
    scene = start(gateway={}, services=["events"])
    client = Client(scene.stack)
    with http2.unread(scene.stack.gateway.address, _SESSIONS, connections=100, calls=100):
        assert scene.stack.is_ready("gateway")
        wait_until(lambda: _is_open(client), 30, lambda: "nobody gets through")
    wait_until(lambda: _is_open(client), 10, lambda: "nobody gets through afterwards")


def test_answers_that_nobody_reads_hold_up_nobody_elses(start):
    scene = start(gateway={}, services=["events"])
    client, address = Client(scene.stack), scene.stack.gateway.address
    long = dict.fromkeys(("nl", "fr", "en"), "x" * 4000)
    series = scene.publish(description=long).series
    for _ in range(10):
        scene.publish_in(series, description=long)
    with http2.unread_calls(address, _LIST, connections=4, calls=30):
        # Each is more than a stream may have on its way.
        every = scene.suite.sessions.ListSessions(pb.session_service.ListSessionsRequest())
        assert every.ByteSize() > _64_KIB
        # Those who wait for others' ends wait for 5 s.
        hurry = {"grpc-timeout": "2S"}
        answers = [client.ask("GET", _SESSIONS, headers=hurry) for _ in range(50)]
        assert {each.status for each in answers} == {200}
