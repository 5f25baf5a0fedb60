"""gRPC 1.51 goes deaf once file descriptors ran out; the process notices and is started again."""

import os
import resource
import socket

import pytest

from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import insist

_LIMIT = 1024
_CONNECTIONS = 1500


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(["--probe-interval=1s", "--probe-timeout=1s"], id="quick"),
        pytest.param([], id="defaults", marks=pytest.mark.long),
    ],
)
def test_a_burst_of_connections_is_survived(start, flags):
    scene = start(services=["events"], flags={"events": flags}, limit=_LIMIT)
    session = scene.publish()
    pid = scene.stack.pid("events")
    _open_and_close(scene.stack.address("events"), pid)
    wait_until(
        lambda: scene.stack.restarts("events") == 1,
        60,
        lambda: "the process did not notice that it is deaf",
    )
    scene.stack.wait_ready("events")
    assert scene.stack.pid("events") != pid
    get = pb.session_service.GetSessionRequest(name=session.name)
    assert insist(scene.suite.sessions.GetSession, get).name == session.name


def _open_and_close(address, pid):
    """Holds more connections than the process can until it has taken all that it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * _CONNECTIONS)), hard))
    host, port = address.split(":")
    connections = []
    try:
        for _ in range(_CONNECTIONS):
            connections.append(socket.create_connection((host, int(port)), timeout=5))
        wait_until(
            lambda: len(os.listdir(f"/proc/{pid}/fd")) >= _LIMIT,
            30,
            lambda: "the process has descriptors left",
        )
    finally:
        for each in connections:
            each.close()
