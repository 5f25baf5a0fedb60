"""Headers that no client of gRPC would send: the transport or we refuse them, and nothing dies."""

import base64

import pytest

from tests.functional.http2 import ask
from tests.functional.rpcs import RPCS, a_request
from tests.programmes import pb

_ANYBODY = "/scharnier.events.v1.SessionService/ListSessions"
_KNOWN = "/scharnier.events.v1.RegistrationService/ListRegistrations"
_OK, _UNKNOWN, _LATE, _EXHAUSTED, _UNIMPLEMENTED, _UNAVAILABLE = 0, 2, 4, 8, 12, 14
_UNAUTHENTICATED = 16
_OWN = a_request(RPCS[_ANYBODY]).SerializeToString()


@pytest.fixture(autouse=True)
def alive(scene):
    """Whatever was sent, nothing has died of it, and the next call is answered."""
    pids = scene.pids()
    yield
    assert scene.pids() == pids
    assert ask(scene.stack.address("events"), _ANYBODY, message=_OWN).grpc_status == _OK


def _ask(scene, path, *headers, message=_OWN):
    return ask(scene.stack.address(RPCS[path].service), path, headers, message)


def test_who_asks_as_one_should_is_answered(scene):
    answer = _ask(scene, _ANYBODY)
    assert (answer.grpc_status, answer.ended) == (_OK, "")
    listed = pb.session_service.ListSessionsResponse.FromString(answer.data[5:])
    assert listed is not None
    token = scene.stack.token("staff devos").encode()
    assert _ask(scene, _ANYBODY, (b"authorization", b"Bearer " + token)).grpc_status == _OK
    answer = _ask(scene, _KNOWN)
    assert (answer.grpc_status, answer.reason) == (_UNAUTHENTICATED, "NOT_IDENTIFIED")


# Tokens that differ from a good one in bytes which gRPC's clients refuse to send.
_TOKENS = {
    "a line break after": lambda token: token + b"\n",
    "a line break first": lambda token: b"\r\n" + token,
    "a header inside": lambda token: token + b"\r\nx-user: devos",
    "NUL after": lambda token: token + b"\0",
    "a tab": lambda token: b"\t" + token,
    "no ASCII": lambda token: token + b"\xc3\xa9",
    "no UTF-8": lambda token: token + b"\xff\xfe",
    "DEL": lambda token: token + b"\x7f",
}


@pytest.mark.parametrize("kind", _TOKENS)
def test_a_token_with_other_bytes_names_nobody(scene, kind):
    token = scene.stack.token("staff devos").encode()
    for path in (_ANYBODY, _KNOWN):
        answer = _ask(scene, path, (b"authorization", b"Bearer " + _TOKENS[kind](token)))
        assert (answer.grpc_status, answer.reason) == (_UNAUTHENTICATED, "TOKEN_INVALID")


_TOO_LARGE = {
    "8 kB and a byte": [(b"x-note", b"a" * 8193)],
    "1 MB": [(b"x-note", b"a" * 1_048_576)],
    "10,000 keys": [(b"x-%d" % number, b"a") for number in range(10_000)],
}


@pytest.mark.parametrize("kind", _TOO_LARGE)
def test_no_method_takes_much_metadata(scene, kind):
    for path in RPCS:
        answer = _ask(scene, path, *_TOO_LARGE[kind])
        assert answer.grpc_status == _EXHAUSTED, path


# What gRPC itself answers to what is no call. Statuses of its own, as of 1.51: none of these comes
# to any code of ours, nor into its counts.
_REFUSED = {
    "bits that are no base64": ([(b"x-note-bin", b"!!!!")], _UNAVAILABLE),
    "base64 with a letter too many": ([(b"x-note-bin", b"AAAAA")], _UNAVAILABLE),
    "bits of a trace": ([(b"grpc-trace-bin", b"!!!!")], _UNAVAILABLE),
    "another method": ([(b":method", b"GET")], _UNKNOWN),
    "no method": ([(b":method", None)], _UNKNOWN),
    "no path": ([(b":path", None)], _UNKNOWN),
    "another scheme": ([(b":scheme", b"ftp")], _UNKNOWN),
    "no te": ([(b"te", None)], _UNKNOWN),
    "another path": ([(b":path", b"/a/b")], _UNIMPLEMENTED),
    "a path in capitals": ([(b":path", _KNOWN.upper().encode())], _UNIMPLEMENTED),
    "a path with more": ([(b":path", _KNOWN.encode() + b"/x")], _UNIMPLEMENTED),
    "a path that goes up": ([(b":path", b"/x/.." + _KNOWN.encode())], _UNIMPLEMENTED),
}


@pytest.mark.parametrize("kind", _REFUSED)
def test_what_is_no_call_is_refused(scene, kind):
    headers, due = _REFUSED[kind]
    answer = _ask(scene, _ANYBODY, *headers)
    assert (answer.grpc_status, answer.reason) == (due, "")


# What says nothing to us: a call with it is the call without it.
_IDLE = {
    "details of one's own": [(b"grpc-status-details-bin", base64.b64encode(b"\x08\x0d"))],
    "a status of one's own": [(b"grpc-status", b"0")],
    "a trace of nobody": [(b"traceparent", b"00-zz-zz-zz")],
    "a long trace": [(b"traceparent", b"0" * 5000)],
    "a key in capitals": [(b"Authorization", b"Bearer e30.e30.e30")],
    "a key with a blank": [(b"x note", b"a")],
    "an empty key": [(b"", b"a")],
    "a key with a line break": [(b"x-note\r\nx-user", b"devos")],
    "a value with NUL": [(b"x-note", b"a\0b")],
    "two hosts": [(b":authority", b"localhost"), (b"host", b"example.org")],
    "no content type": [(b"content-type", None)],
    "JSON": [(b"content-type", b"application/json")],
    "a coding of nobody": [(b"grpc-encoding", b"zstd")],
    "a chunked body": [(b"transfer-encoding", b"chunked")],
    "a connection": [(b"connection", b"upgrade")],
    "a long user agent": [(b"user-agent", b"a" * 4000)],
    "a caller of one's own": [(b"x-user", b"devos"), (b"x-scharnier-caller", b"staff devos")],
}


@pytest.mark.parametrize("kind", _IDLE)
def test_odd_headers_change_nothing(scene, kind):
    assert _ask(scene, _ANYBODY, *_IDLE[kind]).grpc_status == _OK
    answer = _ask(scene, _KNOWN, *_IDLE[kind])
    assert (answer.grpc_status, answer.reason) == (_UNAUTHENTICATED, "NOT_IDENTIFIED")


# What is no deadline is none: then that of the service holds.
_TIMEOUTS = {
    "none": (None, _OK),
    "zero": (b"0S", _LATE),
    "no time": (b"00000000n", _LATE),
    "negative": (b"-1S", _OK),
    "no unit": (b"5", _OK),
    "an unknown unit": (b"5x", _OK),
    "a unit alone": (b"S", _OK),
    "empty": (b"", _OK),
    "words": (b"soon", _OK),
    "a fraction": (b"0.5S", _OK),
    "nine digits": (b"999999999S", _OK),
    "beyond 64 bits": (b"99999999999999999999H", _OK),
    "blanks": (b" 5 S ", _OK),
    "hexadecimal": (b"0x5S", _OK),
    "an exponent": (b"1e9S", _OK),
    "a century": (b"876000H", _OK),
    "the longest": (b"99999999H", _OK),
}


@pytest.mark.parametrize("timeout, due", _TIMEOUTS.values(), ids=_TIMEOUTS)
def test_a_deadline_that_is_none_holds_nobody_up(scene, timeout, due):
    assert _ask(scene, _ANYBODY, (b"grpc-timeout", timeout)).grpc_status == due
