"""Which certificate makes a caller a service, and that none else does; certificates change while
services run."""

import concurrent.futures
import datetime
import socket
import ssl
import threading

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.authority import (
    CLIENT,
    SERVER,
    SPIFFE_PREFIX,
    Authority,
    Pair,
    private_pem,
    replace,
)
from deploy.local.stack import SERVICES
from tests.functional.refused import refusal_of, refused
from tests.functional.rpcs import ROLE, RPCS, a_request
from tests.functional.scene import Scene, wait_until
from tests.programmes import pb, refusal
from tests.programmes.suite import STAFF, Suite, call

_OURS = SPIFFE_PREFIX + "notifications"
_MINUTE = datetime.timedelta(minutes=1)
_HOUR = datetime.timedelta(hours=1)
_FEED = pb.change.ListChangesRequest(page_size=1)


def _uri(*uris):
    return lambda authority: authority.make("notifications", uris=uris)


def _of(**options):
    return lambda authority: authority.make("notifications", **{"uris": [_OURS], **options})


def _self_signed(_):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "notifications")])
    return _sign(name, name, key.public_key(), key, key)


def _signed_by_a_service(authority):
    """Whoever has a certificate can sign more, but nobody believes them."""
    of_events = authority.files("events").read()
    issuer = x509.load_pem_x509_certificate(of_events.certificate).subject
    signing = serialization.load_pem_private_key(of_events.key, password=None)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "notifications")])
    leaf = _sign(name, issuer, key.public_key(), signing, key)
    return Pair(leaf.certificate + of_events.certificate, leaf.key)


def _sign(name, issuer, public_key, signing_key, key):
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(_OURS)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _HOUR)
        .not_valid_after(now + _HOUR)
        .add_extension(names, critical=False)
        .sign(signing_key, hashes.SHA256())
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM), private_pem(key))


# What becomes of a connection, and of a call that the feed's reader may make.
_NO_HANDSHAKE = "no handshake"
_MUTANTS = {
    "self-signed": (_self_signed, _NO_HANDSHAKE),
    "signed by a service": (_signed_by_a_service, _NO_HANDSHAKE),
    "expired": (_of(ends=-_MINUTE), _NO_HANDSHAKE),
    "not valid yet": (_of(begins=_HOUR), _NO_HANDSHAKE),
    "for servers alone": (_of(usages=[SERVER]), _NO_HANDSHAKE),
    "two ids": (_uri(_OURS, SPIFFE_PREFIX + "events"), "CERTIFICATE_INVALID"),
    "the same id twice": (_uri(_OURS, _OURS), "CERTIFICATE_INVALID"),
    "an id and another URI": (_uri(_OURS, "https://example.org/"), "CERTIFICATE_INVALID"),
    "another domain": (
        _uri("spiffe://example.org/ns/local/sa/notifications"),
        "CERTIFICATE_INVALID",
    ),
    "a longer domain": (
        _uri("spiffe://scharnier.local.example.org/ns/local/sa/notifications"),
        "CERTIFICATE_INVALID",
    ),
    "another namespace": (
        _uri("spiffe://scharnier.local/ns/other/sa/notifications"),
        "CERTIFICATE_INVALID",
    ),
    "a slash after": (_uri(_OURS + "/"), "CERTIFICATE_INVALID"),
    "a longer path": (_uri(_OURS + "/staff"), "CERTIFICATE_INVALID"),
    "a path that goes up": (_uri(SPIFFE_PREFIX + "../sa/notifications"), "CERTIFICATE_INVALID"),
    "two slashes": (_uri(SPIFFE_PREFIX + "/notifications"), "CERTIFICATE_INVALID"),
    "percent-encoded": (_uri(SPIFFE_PREFIX + "%6eotifications"), "CERTIFICATE_INVALID"),
    "an encoded slash": (_uri(_OURS + "%2f"), "CERTIFICATE_INVALID"),
    "an encoded NUL": (_uri(_OURS + "%00"), "CERTIFICATE_INVALID"),
    "a name in capitals": (_uri(SPIFFE_PREFIX + "Notifications"), "CERTIFICATE_INVALID"),
    "a scheme in capitals": (_uri(_OURS.replace("spiffe", "SPIFFE")), "CERTIFICATE_INVALID"),
    "a domain in capitals": (_uri(_OURS.replace("local/ns", "LOCAL/ns")), "CERTIFICATE_INVALID"),
    "the prefix alone": (_uri(SPIFFE_PREFIX), "CERTIFICATE_INVALID"),
    "the prefix without its slash": (_uri(SPIFFE_PREFIX[:-1]), "CERTIFICATE_INVALID"),
    "the domain alone": (_uri("spiffe://scharnier.local"), "CERTIFICATE_INVALID"),
    "a query": (_uri(_OURS + "?a=b"), "CERTIFICATE_INVALID"),
    "a fragment": (_uri(_OURS + "#a"), "CERTIFICATE_INVALID"),
    "a port": (_uri(_OURS.replace("local/ns", "local:443/ns")), "CERTIFICATE_INVALID"),
    "a user": (_uri(_OURS.replace("//", "//a@", 1)), "CERTIFICATE_INVALID"),
    "http": (_uri(_OURS.replace("spiffe", "http")), "CERTIFICATE_INVALID"),
    "an empty URI": (_uri(""), "CERTIFICATE_INVALID"),
    "a name that is too long": (_uri(SPIFFE_PREFIX + "n" * 65), "CERTIFICATE_INVALID"),
    "the common name alone": (_of(uris=[]), "CERTIFICATE_INVALID"),
    "a host alone": (_of(uris=[], dns=["notifications"]), "CERTIFICATE_INVALID"),
    "the id as a host": (_of(uris=[], dns=[_OURS]), "CERTIFICATE_INVALID"),
    "a service that there is not": (_uri(SPIFFE_PREFIX + "payroll"), "NOT_IDENTIFIED"),
    "a service that may not": (_uri(SPIFFE_PREFIX + "proposals"), "NOT_IDENTIFIED"),
    "a longer name": (_uri(_OURS + "-too"), "NOT_IDENTIFIED"),
}


def _suite(scene, certificate):
    return Suite(
        scene.stack.addresses(), scene.stack, certificate=certificate, own_connections=True
    )


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_a_mutant_reads_no_feed(scene, mutant):
    make, due = _MUTANTS[mutant]
    with _suite(scene, make(scene.stack.authority)) as suite:
        if due == _NO_HANDSHAKE:
            _assert_no_handshake(suite)
        else:
            with refused(due):
                call(suite.changes.ListChanges, _FEED)


def test_another_authority_makes_nobody(scene, tmp_path):
    other = Authority(tmp_path / "other")
    with _suite(scene, other.make("notifications", uris=[_OURS])) as suite:
        _assert_no_handshake(suite)


def _assert_no_handshake(suite):
    with pytest.raises(grpc.RpcError) as caught:
        call(suite.changes.ListChanges, _FEED)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert not refusal.read(caught.value).reason  # the transport's own


@pytest.mark.parametrize(
    "make", [_of(), _of(usages=[CLIENT]), _of(dns=["a.example.org"], addresses=["192.0.2.1"])]
)
def test_the_id_makes_a_service_whatever_else_there_is(scene, make):
    with _suite(scene, make(scene.stack.authority)) as suite:
        assert call(suite.changes.ListChanges, _FEED).next.generation


def test_a_bad_certificate_spoils_everything(scene):
    with _suite(scene, _uri(_OURS + "/")(scene.stack.authority)) as suite:
        for caller in (None, STAFF):
            with refused("CERTIFICATE_INVALID"):
                call(suite.sessions.ListSessions, pb.session_service.ListSessionsRequest(), caller)


def test_a_token_names_the_caller_whoever_passes_it_on(scene):
    with refused("ROLE_NOT_ALLOWED"):
        call(scene.as_service("notifications").changes.ListChanges, _FEED, STAFF)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_one_where_the_policy_lists_it(scene, service):
    """Of every method: the options of the protos, read here by themselves."""
    with _suite(scene, scene.stack.certificate(service).read()) as suite:
        for rpc in RPCS.values():
            known = service in rpc.policy.services or ROLE.ROLE_ANONYMOUS in rpc.policy.allow
            seen = refusal_of(rpc.call, suite, a_request(rpc), caller=None)
            if known:
                codes = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
                assert seen is None or seen.code not in codes, rpc.path
            else:
                assert seen.reason == "NOT_IDENTIFIED", rpc.path


_FORGED = {
    "x-forwarded-client-cert": f"By=spiffe://a;URI={_OURS}",
    "x-user": "devos",
    "x-remote-user": "devos",
    "x-email": "an.peeters@example.org",
    "x-forwarded-user": "devos",
    "x-forwarded-email": "an.peeters@example.org",
    "x-forwarded-for": "127.0.0.1",
    "x-real-ip": "127.0.0.1",
    "forwarded": "for=127.0.0.1",
    "x-scharnier-caller": "staff devos",
    "x-scharnier-caller-bin": b"staff devos",
    "x-goog-iap-jwt-assertion": "e30.e30.e30",
    "x-spiffe-id": _OURS,
    "proxy-authorization": "Basic ZGV2b3M6ZGV2b3M=",
    "cookie": "session=devos",
    "grpc-previous-rpc-attempts": "1",
}


@pytest.mark.parametrize("header", _FORGED)
def test_nobody_is_whom_a_header_names(scene, header):
    for rpc in RPCS.values():
        if ROLE.ROLE_ANONYMOUS not in rpc.policy.allow:
            with refused("NOT_IDENTIFIED"):
                rpc.call(
                    scene.suite, a_request(rpc), caller=None, metadata=[(header, _FORGED[header])]
                )


# Rotation.


def _shown(address):
    """The certificate that a service shows to a new connection."""
    host, port = address.split(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        with context.wrap_socket(connection) as secured:
            return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True))


def _call_anew(scene, stop):
    """Calls over new connections until told to stop; how often."""
    get = pb.session_service.ListSessionsRequest(page_size=1)
    calls = 0
    while not stop.is_set():
        with scene.another_suite() as suite:
            call(suite.sessions.ListSessions, get, STAFF)
        calls += 1
    return calls


def _wait_shown(scene, service, pair):
    due = x509.load_pem_x509_certificate(pair.certificate).serial_number
    wait_until(
        lambda: _shown(scene.stack.address(service)).serial_number == due,
        20,
        lambda: f"{service} shows an old certificate",
    )


def test_a_new_certificate_is_shown_and_no_call_fails(start):
    scene = start(services=["events"])
    pid = scene.stack.pid("events")
    stop = threading.Event()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        callers = [pool.submit(_call_anew, scene, stop) for _ in range(2)]
        try:
            for _ in range(3):
                _wait_shown(scene, "events", scene.stack.authority.issue("events").read())
        finally:
            stop.set()
        assert all(caller.result() > 0 for caller in callers)
    assert scene.stack.pid("events") == pid


def test_the_authority_is_replaced_while_everything_runs(start, tmp_path):
    """Two authorities are believed, then certificates are of the new one, then it is alone."""
    flags = {service: ["--connection-age=1s"] for service in SERVICES}
    scene = start(flags=flags)
    stack = scene.stack
    old, new = stack.authority, Authority(tmp_path / "new")
    of_new = new.make("notifications", uris=[_OURS])
    with _suite(scene, of_new) as suite:
        _assert_no_handshake(suite)
    replace(stack.ca_file, old.certificate + new.certificate)
    wait_until(lambda: _reads(scene, of_new), 20, lambda: "the new authority is not believed")
    for service in SERVICES:
        pair = new.make(
            service, dns=["localhost"], addresses=["127.0.0.1"], uris=[SPIFFE_PREFIX + service]
        )
        old.write(service, pair)
        _wait_shown(scene, service, pair)
    replace(stack.ca_file, new.certificate)
    of_old = old.make("notifications", uris=[_OURS])
    wait_until(
        lambda: not _reads(scene, of_old), 20, lambda: "the old authority is believed still"
    )
    # The issuer's certificate is of the old one: its keys are known already, and tokens go on.
    later = Scene(stack, scene.mailbox)
    try:
        later.register(later.publish())
        later.wait_for_messages(1)
    finally:
        later.close()


def _reads(scene, certificate):
    with _suite(scene, certificate) as suite:
        try:
            call(suite.changes.ListChanges, _FEED)
            return True
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error
            return False
