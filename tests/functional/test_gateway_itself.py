"""The gateway as a process: its configuration, its ends, its log, and what it relies on."""

import http.client
import json
import re
import subprocess

import pytest

from deploy.gateway import render
from deploy.gateway.settings import read_cluster
from deploy.local.gateway import find_envoy
from deploy.local.stack import BUILD
from tests.functional.gateway import Client, metrics
from tests.functional.scene import wait_until
from tests.programmes.suite import STAFF, new_request_id

_SESSIONS = "/v1/sessions"
_SETTINGS = render.CLUSTER / "settings.yaml"
_ALERTS = render.CLUSTER.parents[1] / "observability/alerts.yaml"
_DESCRIPTORS = BUILD / "generated/scharnier.pb"


@pytest.fixture(scope="module")
def scene(start_for_module):
    """Events behind a gateway."""
    return start_for_module(gateway={}, services=["events"])


def _validate(configuration):
    envoy = find_envoy(BUILD.parent)
    assert envoy, "there is no Envoy in build/envoy: ./dev test gets it from PyPI"
    command = [envoy, "--mode", "validate", "-c", configuration]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# Its configuration.


def test_envoy_takes_the_local_one(scene):
    done = _validate(scene.stack.run_dir / "gateway/envoy.yaml")
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()


def test_envoy_takes_that_of_a_cluster(tmp_path):
    # The same, but for where things are mounted there.
    text = (render.CLUSTER / "envoy.yaml").read_text()
    descriptors = str(read_cluster(_SETTINGS).descriptors)
    assert descriptors in text
    moved = text.replace(descriptors, str(render.CLUSTER / "scharnier.pb"))
    (tmp_path / "envoy.yaml").write_text(moved.replace('/etc/envoy', str(render.CLUSTER)))
    done = _validate(tmp_path / "envoy.yaml")
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()


def test_envoy_would_say_so_were_it_wrong(tmp_path):
    text = (render.CLUSTER / "envoy.yaml").read_text()
    (tmp_path / "envoy.yaml").write_text(text.replace("lb_policy", "lb_polity"))
    assert _validate(tmp_path / "envoy.yaml").returncode != 0


def test_that_of_a_cluster_is_what_the_settings_and_the_protos_make(tmp_path):
    render.write(read_cluster(_SETTINGS), tmp_path / "envoy.yaml", _DESCRIPTORS)
    anew = "after a change: /usr/bin/python3 -m deploy.gateway.render"
    for made in sorted(tmp_path.iterdir()):
        assert (render.CLUSTER / made.name).read_text() == made.read_text(), anew
    assert (render.CLUSTER / "scharnier.pb").read_bytes() == _DESCRIPTORS.read_bytes(), anew


def test_what_alerts_ask_envoy_for_is_there(scene):
    assert Client(scene.stack).ask("GET", _SESSIONS).status == 200
    series = metrics(scene.stack)
    asked = _ALERTS.read_text()
    names = set(re.findall(r"\benvoy_\w+(?=[{\[])", asked))
    prefixes = set(re.findall(r'envoy_http_conn_manager_prefix="\w+"', asked))
    assert names and prefixes
    assert {each for each in names if f"\n{each}{{" not in series} == set()
    assert {each for each in prefixes if each not in series} == set()


@pytest.mark.parametrize(
    "path, status", [("/ready", 200), ("/metrics", 200), ("/config_dump", 404), ("/", 404)]
)
def test_probes_and_metrics_and_no_more_stand_open(scene, path, status):
    host, port = scene.stack.gateway.ready_address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == status
        assert path != "/metrics" or b"envoy_cluster_upstream_rq_total" in answer.read()
    finally:
        connection.close()


# Whom it takes for a service.


def test_another_certificate_is_no_service(start):
    another = {"spiffe_prefix": "spiffe://elsewhere.example/sa/"}
    scene = start(gateway=another, services=["events"])
    answer = Client(scene.stack).ask("GET", _SESSIONS)
    assert (answer.status, answer.reason) == (503, "DEPENDENCY_AWAY")


# Its ends, and those of what is behind.


def test_a_service_that_is_away_is_told_of(scene):
    client = Client(scene.stack)
    scene.stack.stop("events")
    answer = client.ask("GET", _SESSIONS)
    assert (answer.status, answer.reason) == (503, "DEPENDENCY_AWAY")
    scene.stack.start("events")
    scene.stack.wait_ready("events")
    wait_until(lambda: client.ask("GET", _SESSIONS).status == 200, 20, lambda: "it stays away")


def test_one_that_has_no_keys_yet_calls_no_token_bad(start):
    scene = start(gateway={}, services=["events"])
    token = {"authorization": f"Bearer {scene.stack.token(STAFF)}"}
    scene.stack.stop("gateway")
    scene.stack.issuer.stop()
    scene.stack.start("gateway")
    scene.stack.wait_ready("gateway")
    answer = Client(scene.stack).ask("GET", _SESSIONS, headers=token)
    assert (answer.status, answer.reason) == (503, "DEPENDENCY_AWAY")
    assert "issuer" in answer.json["message"]
    assert Client(scene.stack).ask("GET", _SESSIONS).status == 200


def test_is_started_again(scene):
    scene.stack.kill9("gateway")
    wait_until(lambda: scene.stack.is_ready("gateway"), 20, lambda: "it stays away")
    assert Client(scene.stack).ask("GET", _SESSIONS).status == 200


def test_drains_and_leaves_a_log_without_people(start):
    scene = start(gateway={}, services=["events"])
    client = Client(scene.stack)
    connection = client.connect()
    mark = "iemand@example.org"
    hidden = f"{_SESSIONS}/{mark}?filter={mark}"
    client.send(connection, "GET", hidden, None, STAFF, {"user-agent": mark, "referer": mark})
    assert connection.getresponse().read()
    scene.stack.gateway.drain(seconds=0)
    # Who comes is let in; who has a connection is answered, and one answer asks to take another.
    assert scene.stack.is_ready("gateway")
    assert client.ask("GET", _SESSIONS).status == 200

    def asked_to_go():
        client.send(connection, "GET", f"{_SESSIONS}/{new_request_id()}")
        answer = connection.getresponse()
        assert answer.read() and answer.status == 404
        return answer.headers["connection"] == "close"

    wait_until(asked_to_go, 20, lambda: "nobody is asked to go")
    connection.close()
    scene.stack.stop("gateway")
    log = scene.stack.log_path("gateway").read_text()
    assert mark not in log and "eyJ" not in log and _SESSIONS not in log and "127.0.0.1" not in log
    lines = [json.loads(line) for line in log.splitlines() if '"method"' in line]
    sessions = "events.SessionService"
    first, second, *rest = [(each["method"], each["status"]) for each in lines]
    assert (first, second) == (("before-transcoding", 400), (f"{sessions}.ListSessions", 200))
    assert set(rest) == {(f"{sessions}.GetSession", 404)}
