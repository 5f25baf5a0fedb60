"""What a service hears from the gateway: told by one that stands in for events."""

import concurrent.futures
import json
import struct

import grpc
import pytest

from deploy.gateway.settings import Service
from deploy.local.authority import SPIFFE_PREFIX
from deploy.local.processes import free_port
from tests.functional.gateway import Client
from tests.programmes import pb
from tests.programmes.suite import STAFF, new_request_id

_HOST = "127.0.0.1"
_CREATE = "/scharnier.events.v1.SeriesService/CreateSeries"
_SERIES = {"title": {"nl": "Reeks"}, "contactEmail": "reeks@example.org"}


class StandIn(grpc.GenericRpcHandler):
    """Answers every call, as often as `refusals` says with UNAVAILABLE or another code before."""

    def __init__(self):
        self.heard = []  # the metadata of each call
        self.peer = []  # the names in the certificate of whoever called last
        self.seconds = 0  # that the last call had
        self.refusals = []

    def service(self, details):
        self.heard.append(details.invocation_metadata)
        return grpc.unary_unary_rpc_method_handler(self._answer)

    def _answer(self, request, context):
        self.peer = context.peer_identities()
        self.seconds = context.time_remaining()
        if self.refusals:
            context.abort(self.refusals.pop(), "not now")
        return pb.series.Series(name="series/1").SerializeToString()


@pytest.fixture(scope="module")
def behind_gateway(start_for_module):
    """One behind a gateway, and a client before it."""
    port = free_port()
    service = {"events": Service(_HOST, port, free_port())}
    scene = start_for_module(gateway={"services": service}, services=["events"])
    pair = scene.stack.certificate("events").read()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=2))
    handler = StandIn()
    server.add_generic_rpc_handlers([handler])
    credentials = grpc.ssl_server_credentials(
        [(pair.key, pair.certificate)], scene.stack.ca_file.read_bytes(), True
    )
    server.add_secure_port(f"{_HOST}:{port}", credentials)
    server.start()
    yield handler, Client(scene.stack)
    server.stop(None).wait()


@pytest.fixture
def stand_in(behind_gateway):
    """The same, as nobody had called yet."""
    behind_gateway[0].heard.clear()
    return behind_gateway


def test_a_service_hears_no_header_by_which_somebody_pretends(stand_in):
    handler, client = stand_in
    pretended = {"x-user": "piet", "x-forwarded-for": "10.0.0.1", "cookie": "a=b", "h": "kept"}
    pretended |= {"h-bin": "aaaa"}
    assert client.ask("GET", "/v1/series/1", None, STAFF, pretended).status == 200
    heard = dict(handler.heard[-1])
    assert not [name for name in heard if name.startswith("x-") or name.endswith("-bin")]
    assert "cookie" not in heard
    assert heard["h"] == "kept" and heard["authorization"].startswith("Bearer ")
    assert f"{SPIFFE_PREFIX}gateway".encode() in handler.peer


@pytest.mark.parametrize(
    "caller, asked, most",
    [(STAFF, None, 5), (STAFF, "3S", 3), (STAFF, "50S", 31), (None, "3S", 3), (None, "50S", 5)],
)
def test_a_service_hears_how_long_there_is(stand_in, caller, asked, most):
    handler, client = stand_in
    headers = {"grpc-timeout": asked} if asked else {}
    assert client.ask("GET", "/v1/series/1", None, caller, headers).status == 200
    assert most - 1 < handler.seconds <= most


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_does_not_get_through_is_tried_again(stand_in, method):
    handler, client = stand_in
    path, body = ("/v1/series/1", None)
    if method == "POST":
        path, body = f"/v1/series?request_id={new_request_id()}", _SERIES
    handler.refusals = [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED]
    assert client.ask(method, path, body).json == {"name": "series/1"}
    assert len(handler.heard) == 3
    handler.refusals = [grpc.StatusCode.UNAVAILABLE] * 3
    assert client.ask(method, path, body).status == 503


@pytest.mark.parametrize("kind", ["json", "grpc-web"])
def test_a_large_body_is_tried_again_too(stand_in, kind):
    handler, client = stand_in
    handler.refusals = [grpc.StatusCode.UNAVAILABLE]
    large = 500 << 10
    if kind == "json":
        body = json.dumps({"title": {"nl": "x" * large}}).encode()
        path = f"/v1/series?request_id={new_request_id()}"
    else:
        body, path = struct.pack(">BI", 0, large) + bytes(large), _CREATE
    content = {"content-type": f"application/{kind}"}
    assert client.ask("POST", path, body, STAFF, content).status == 200
    assert len(handler.heard) == 2


@pytest.mark.parametrize("code", ["INTERNAL", "ABORTED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"])
def test_what_was_answered_is_not_asked_again(stand_in, code):
    handler, client = stand_in
    handler.refusals = [grpc.StatusCode[code]]
    assert client.ask("GET", "/v1/series/1").json["message"] == "not now"
    assert len(handler.heard) == 1
