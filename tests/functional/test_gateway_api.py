"""Every method through the gateway as JSON: it says what the service says by gRPC."""

import grpc
import pytest
from google.protobuf import json_format

from tests.functional.gateway import HTTP_STATUS, Client, as_http
from tests.functional.rpcs import RPCS, a_request, parts_of
from tests.programmes import refusal
from tests.programmes.suite import Suite

PUBLIC = [rpc for rpc in RPCS.values() if rpc.caller]
INTERNAL = [rpc for rpc in RPCS.values() if not rpc.caller]


@pytest.fixture(scope="module")
def scene(scene_behind_gateway):
    """The suite behind a gateway."""
    return scene_behind_gateway


@pytest.fixture(scope="module")
def through_gateway(scene):
    """The suite as clients of gRPC reach it from outside."""
    address = scene.stack.gateway.address
    with Suite(dict.fromkeys(scene.stack.services, address), scene.stack) as suite:
        yield suite


@pytest.mark.parametrize("rpc", PUBLIC, ids=[rpc.short for rpc in PUBLIC])
def test_json_says_what_grpc_says(scene, through_gateway, rpc):
    request = a_request(rpc)  # what it does is done once: the second time is a repetition
    try:
        said = rpc.call(through_gateway, request, rpc.caller)
        code, reason = 0, ""
    except grpc.RpcError as error:
        code, reason = error.code().value[0], refusal.read(error).reason
    method, path, body = as_http(rpc, parts_of(request))
    lines = 1 if rpc.method.server_streaming else None
    answer = Client(scene.stack).ask(method, path, body, rpc.caller, lines=lines)
    assert answer.status == HTTP_STATUS[code], answer.body
    assert answer.headers["content-type"] == "application/json"
    if code:
        assert (answer.json["code"], answer.reason) == (code, reason)
    else:
        assert json_format.ParseDict(answer.json, type(said)()) == said


@pytest.mark.parametrize("rpc", INTERNAL, ids=[rpc.short for rpc in INTERNAL])
def test_what_is_for_services_alone_is_not_there(scene, through_gateway, rpc):
    request = a_request(rpc)
    with pytest.raises(grpc.RpcError) as refused:
        rpc.call(through_gateway, request, caller=None)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert Client(scene.stack).ask(*as_http(rpc, [request])).status == 404
