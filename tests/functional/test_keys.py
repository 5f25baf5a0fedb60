"""The issuer's keys change, and the issuer goes away or answers nonsense, while people call."""

import concurrent.futures
import datetime
import json
import re
import threading

import pytest

from deploy.local.authority import Authority
from deploy.local.channel import bearer
from deploy.local.signing import SigningKey
from tests.functional.forge import Forge
from tests.functional.refused import refusal_of, refused
from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, person

_LIST = pb.idea_service.ListIdeasRequest()
_SESSIONS = pb.session_service.ListSessionsRequest(page_size=1)


def _with_token(scene, token):
    """Lists sessions with this very token."""
    return scene.suite.sessions.ListSessions(_SESSIONS, metadata=bearer(token), timeout=10)


def _failures(scene):
    """How often events has asked for the keys in vain."""
    found = re.search(
        r'^identity_key_fetches_total\{outcome="failed"\} (\d+)',
        scene.metrics("events"),
        re.MULTILINE,
    )
    return int(found[1]) if found else 0


def _wait_failed(scene, before):
    wait_until(lambda: _failures(scene) > before, 20, lambda: "no fetch has failed")


# Rotation.


def test_keys_are_rotated_under_load(start):
    scene = start(services=["organisations", "events"])
    issuer = scene.stack.issuer
    old = issuer.token(STAFF)
    stop, served = threading.Event(), []

    def call_on(number):
        """Calls as somebody with whatever tokens the issuer makes, and with one of the old key."""
        caller = person(f"iemand.{number}@example.org")
        listing = pb.organisation_service.ListOrganisationsRequest(page_size=1)
        while not stop.is_set():
            call(scene.suite.sessions.ListSessions, _SESSIONS, caller)
            call(scene.suite.organisations.ListOrganisations, listing, caller)
            _with_token(scene, old)
            served.append(number)

    def wait_for_more():
        due = len(served) + 200
        wait_until(
            lambda: len(served) >= due or any(caller.done() for caller in callers),
            60,
            lambda: f"{len(served)} rounds of {due} are served",
        )

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(call_on, number) for number in range(8)]
        try:
            wait_for_more()
            issuer.rotate()
            wait_for_more()
        finally:
            stop.set()
        for caller in callers:
            caller.result()  # or how it was refused
    # Nobody shows the old one any more: services that start now do not know it.
    issuer.forget_old()
    _restart(scene.stack)
    with refused("TOKEN_INVALID"):
        _with_token(scene, old)
    assert _with_token(scene, issuer.token(STAFF)) is not None


def _restart(stack):
    stack.stop("events")
    stack.start("events")
    stack.wait_ready("events")


def test_who_makes_up_keys_has_them_fetched_once(start):
    scene = start(services=["events"])
    issuer = scene.stack.issuer
    forge = Forge(issuer)
    before = issuer.asked

    def refuse(number):
        with refused("TOKEN_INVALID"):
            _with_token(scene, forge.token(header={"kid": f"made-up-{number}"}))
        return _with_token(scene, forge.token())

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(each is not None for each in pool.map(refuse, range(400)))
    assert issuer.asked == before + 1


# Outage.


def test_an_issuer_that_is_away_stops_nobody_it_has_not_to(start):
    scene = start(services=["events", "proposals"])
    stack = scene.stack
    stack.issuer.stop()
    session = scene.publish()
    assert scene.register(session).name
    _restart(stack)
    for caller in (STAFF, "team reporting", person("an.peeters@example.org")):
        with refused("DEPENDENCY_AWAY") as told:
            call(scene.suite.sessions.ListSessions, _SESSIONS, caller)
        assert told.metadata == {"dependency": "issuer"} and told.retry_seconds > 0
    assert call(scene.suite.sessions.ListSessions, _SESSIONS).sessions
    assert call(
        scene.as_service("notifications").changes.ListChanges, pb.change.ListChangesRequest()
    ).changes
    assert call(scene.suite.ideas.ListIdeas, _LIST, STAFF) is not None  # has its keys
    stack.issuer.start()
    wait_until(lambda: _is_known(scene), 20, lambda: "tokens are not accepted again")
    assert scene.register(session).name


def _is_known(scene):
    seen = refusal_of(call, scene.suite.sessions.ListSessions, _SESSIONS, STAFF)
    assert seen is None or seen.reason == "DEPENDENCY_AWAY", seen
    return seen is None


# Nonsense: none of it takes the place of good keys, nor is it taken for keys.


def _answer(code, body=b"", **headers):
    def answer(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return lambda _: answer


def _keys(change):
    """Good but for one point: `change` makes the document of the issuer's key."""

    def make(issuer):
        document = change(issuer.jwks()["keys"][0])
        return _answer(200, json.dumps(document).encode())(issuer)

    return make


def _redirect(issuer):
    """To where the keys are."""
    good = json.dumps(issuer.jwks()).encode()

    def answer(handler):
        if handler.path.endswith("/elsewhere"):
            _answer(200, good)(issuer)(handler)
        else:
            _answer(302, Location=issuer.url + "/elsewhere")(issuer)(handler)

    return answer


def _hang(_):
    """Says nothing until whoever asks has gone."""
    return lambda handler: handler.rfile.read(1)


def _cut_off(issuer):
    """Promises more than it sends."""

    def answer(handler):
        body = json.dumps(issuer.jwks()).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) + 1))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


_PRIVATE = {"d": "AAAA"}
_ANSWERS = {
    "500": _answer(500, b"{}"),
    "404": _answer(404),
    "204": _answer(204),
    "401": _answer(401, b"{}"),
    "a redirect": _redirect,
    "HTML": _answer(200, b"<html><body>Onderhoud</body></html>"),
    "nothing": _answer(200),
    "a list": _keys(lambda key: [key]),
    "no keys": _keys(lambda key: {"keys": []}),
    "keys by name": _keys(lambda key: {"keys": {"a": key}}),
    "a text among keys": _keys(lambda key: {"keys": [key, "key"]}),
    "300 KiB": _keys(lambda key: {"keys": [key], "x": " " * 300 * 1024}),
    "a key twice": _keys(lambda key: {"keys": [key, key]}),
    "the private key": _keys(lambda key: {"keys": [key | _PRIVATE]}),
    "a secret": _keys(lambda key: {"keys": [{"kty": "oct", "k": "AAAA", "kid": key["kid"]}]}),
    "a key for others": _keys(lambda key: {"keys": [key | {"use": "enc"}]}),
    "another algorithm": _keys(lambda key: {"keys": [key | {"alg": "ES384"}]}),
    "a point off the curve": _keys(lambda key: {"keys": [key | {"x": key["y"]}]}),
    "a key without a name": _keys(lambda key: {"keys": [key | {"kid": ""}]}),
    "half of it": _cut_off,
    "no answer": _hang,
}


@pytest.fixture(scope="module")
def away(start_for_module):
    """A scene of events alone, whose issuer may break."""
    return start_for_module(services=["events"])


@pytest.mark.parametrize("kind", _ANSWERS)
def test_nonsense_takes_no_keys_away(away, kind):
    def breaks(issuer):
        issuer.answers = _ANSWERS[kind](issuer)

    def mends(issuer):
        issuer.answers = None

    _assert_survives(away, breaks, mends)


# Certificates that are not the issuer's.
_HERE = {"dns": ["localhost"], "addresses": ["127.0.0.1"]}
_IMPOSTORS = {
    "another host": {"dns": ["issuer.example.org"]},
    "another address": {"addresses": ["127.0.0.2"]},
    "expired": {**_HERE, "ends": -datetime.timedelta(minutes=1)},
    "another authority": _HERE,
}


@pytest.mark.parametrize("kind", _IMPOSTORS)
def test_nobody_else_is_the_issuer(away, tmp_path, kind):
    authority = away.stack.authority
    good = authority.files("issuer")
    signing = Authority(tmp_path) if kind == "another authority" else authority
    odd = authority.write("odd", signing.make("127.0.0.1", **_IMPOSTORS[kind]))
    _assert_survives(away, lambda issuer: issuer.show(odd), lambda issuer: issuer.show(good))


def _assert_survives(scene, breaks, mends):
    """While it is broken, who starts knows nobody, and who has keys keeps them."""
    stack, issuer = scene.stack, scene.stack.issuer
    forge = Forge(issuer)
    try:
        breaks(issuer)
        _restart(stack)
        _wait_failed(scene, 0)
        with refused("DEPENDENCY_AWAY"):
            _with_token(scene, forge.token())
        mends(issuer)
        wait_until(lambda: _is_known(scene), 20, lambda: "tokens are not accepted again")
        breaks(issuer)
        before = _failures(scene)
        # It may be a new key of the issuer's, which nobody can ask.
        with refused("DEPENDENCY_AWAY"):
            _with_token(scene, forge.token(header={"kid": SigningKey().kid}))
        _wait_failed(scene, before)
        assert _with_token(scene, forge.token()) is not None
    finally:
        mends(issuer)
