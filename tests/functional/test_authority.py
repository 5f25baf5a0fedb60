"""Who is who on one machine: certificates of the local authority, tokens of the local issuer."""

import concurrent.futures
import contextlib
import datetime
import json
import socket
import ssl
import stat
import subprocess
import urllib.error
import urllib.request

import grpc
import jwt
import pytest
from cryptography import x509

from deploy.local import signing
from deploy.local.authority import SPIFFE_PREFIX, Authority
from deploy.local.channel import bearer, open_channel
from deploy.local.issuer import Issuer
from deploy.local.processes import LocalError
from deploy.local.signing import SigningKey, Tokens

_EVENTS = SPIFFE_PREFIX + "events"
_SIGNED_IN = {"client_id": "scharnier-local"}


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "tls")


@pytest.fixture
def issuer(tmp_path, authority):
    issuer = Issuer(tmp_path / "issuer", authority)
    issuer.start()
    yield issuer
    issuer.stop()


# Certificates.


def _verify(authority, certificate, *options):
    """What openssl makes of a certificate; empty where it is good."""
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", authority.ca_file, *options],
        input=certificate,
        capture_output=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.decode()


def _names(certificate):
    """The alternative names of a certificate."""
    extensions = x509.load_pem_x509_certificate(certificate).extensions
    found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(each.value) for each in found]


@pytest.mark.parametrize("purpose", ["sslserver", "sslclient"])
@pytest.mark.parametrize(
    "where", [("-verify_ip", "127.0.0.1"), ("-verify_hostname", "localhost")]
)
def test_a_service_serves_and_calls(authority, purpose, where):
    certificate = authority.issue("events").read().certificate
    assert _verify(authority, certificate, "-purpose", purpose, *where) == ""


def test_a_service_is_one_uri(authority):
    certificate = authority.issue("events").read().certificate
    assert _names(certificate) == ["localhost", "events", "127.0.0.1", _EVENTS]


def test_files_are_for_our_eyes_alone(authority, issuer):
    files = authority.issue("events")
    paths = (files.certificate, files.key, authority.ca_file, issuer.signing_key_file)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    folders = {path.parent for path in paths}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_issued_again_is_another_pair_in_the_same_place(authority):
    files = authority.issue("events")
    before = files.read()
    assert authority.issue("events") == files
    after = files.read()
    assert after.certificate != before.certificate and after.key != before.key
    # The two belong together, or this raises.
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)
    assert {path.name for path in files.key.parent.iterdir()} == {
        "ca.pem",
        "events.key",
        "events.pem",
    }


def test_odd_ones_are_as_they_were_asked_for(authority, tmp_path):
    odd = [_EVENTS, _EVENTS + "/", SPIFFE_PREFIX + "%65vents"]
    assert _names(authority.make("events", uris=odd).certificate) == odd
    bare = x509.load_pem_x509_certificate(authority.make("events").certificate)
    with pytest.raises(x509.ExtensionNotFound):
        bare.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    minute = datetime.timedelta(minutes=1)
    expired = authority.make("events", uris=[_EVENTS], ends=-minute)
    assert "certificate has expired" in _verify(authority, expired.certificate)
    early = authority.make("events", uris=[_EVENTS], begins=minute)
    assert "certificate is not yet valid" in _verify(authority, early.certificate)
    other = Authority(tmp_path / "other").make("events", uris=[_EVENTS])
    assert "verification failed" in _verify(authority, other.certificate)


class _Asked(grpc.GenericRpcHandler):
    """Answers every call with the names of the peer's certificate and the bearer's token."""

    def service(self, call_details):
        def answer(_, context):
            names = context.auth_context().get("x509_subject_alternative_name", [])
            told = dict(context.invocation_metadata()).get("authorization")
            return json.dumps([[each.decode() for each in names], told]).encode()

        return grpc.unary_unary_rpc_method_handler(answer)


@contextlib.contextmanager
def _server(authority, with_clients):
    """A service of gRPC's own, on the port yielded."""
    pair = authority.issue("events").read()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        server = grpc.server(pool, handlers=[_Asked()])
        credentials = grpc.ssl_server_credentials(
            [(pair.key, pair.certificate)],
            authority.ca_file.read_bytes() if with_clients else None,
            require_client_auth=with_clients,
        )
        port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(grace=None).wait()


def _ask(address, authority, certificate=None, metadata=()):
    with open_channel(address, authority.ca_file, certificate) as channel:
        return json.loads(channel.unary_unary("/a/b")(b"", metadata=metadata, timeout=5))


def test_a_service_is_known_by_its_certificate(authority, tmp_path):
    notifications = authority.issue("notifications").read()
    with _server(authority, with_clients=True) as address:
        names, token = _ask(address, authority, notifications)
        assert SPIFFE_PREFIX + "notifications" in names and token is None
        stranger = Authority(tmp_path / "other").make("notifications")
        with pytest.raises(grpc.RpcError):
            _ask(address, authority, stranger)


def test_everybody_else_is_known_by_a_token(authority, issuer, tmp_path):
    token = issuer.token("staff devos")
    with _server(authority, with_clients=False) as address:
        assert _ask(address, authority, metadata=bearer(token)) == [[], f"Bearer {token}"]
        with pytest.raises(grpc.RpcError):
            _ask(address, Authority(tmp_path / "other"))


# Tokens.


def _fetch(authority, url):
    context = ssl.create_default_context(cafile=authority.ca_file)
    with urllib.request.urlopen(url, context=context, timeout=5) as answer:
        return json.load(answer)


def _read(authority, issuer, token):
    """The claims of a token, by the keys that the issuer publishes."""
    keys = {
        each.key_id: each for each in jwt.PyJWKSet(_fetch(authority, issuer.jwks_url)["keys"]).keys
    }
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    return jwt.decode(
        token,
        keys[header["kid"]].key,
        algorithms=["ES256"],
        audience="scharnier",
        issuer=issuer.url,
        options={"require": ["iss", "aud", "iat", "exp", "jti", "sub", "client_id"]},
    )


@pytest.mark.parametrize(
    "caller, due",
    [
        ("staff devos", {"sub": "devos", "roles": ["staff"], **_SIGNED_IN}),
        (
            "staff,register-officer maes",
            {"sub": "maes", "roles": ["staff", "register-officer"], **_SIGNED_IN},
        ),
        ("operator piet", {"sub": "piet", "roles": ["operator"], **_SIGNED_IN}),
        ("team reporting", {"sub": "reporting", "roles": ["team"], "client_id": "reporting"}),
        ("person an@example.org", {"email": "an@example.org", **_SIGNED_IN}),
        (
            "person an@example.org via reporting",
            {
                "email": "an@example.org",
                "act": {"sub": "reporting"},
                "client_id": "reporting",
            },
        ),
    ],
)
def test_a_token_says_who_calls(authority, issuer, caller, due):
    claims = _read(authority, issuer, issuer.token(caller))
    assert {name: claims[name] for name in due} == due
    assert claims["aud"] == "scharnier"
    assert 0 < claims["exp"] - claims["iat"] <= 3600
    is_person = "email" in due
    assert claims.get("email_verified", False) is is_person
    assert ("roles" in claims) is not is_person


def test_a_person_has_one_subject_that_shows_no_address():
    first, other = (signing.who(f"person {each}@example.org")["sub"] for each in ("an", "bo"))
    assert first == signing.who("person An@example.org via reporting")["sub"] != other
    assert "an" not in first and "@" not in first


@pytest.mark.parametrize(
    "caller",
    ["", "staff", "devos", "queen devos", "service events", "person,staff an@example.org"]
    + ["staff devos via reporting", "staff de vos", "person an@example.org via"],
)
def test_who_is_nobody_has_no_token(issuer, caller):
    with pytest.raises(LocalError, match="is nobody: give 'person an@example.org'"):
        issuer.token(caller)


def test_a_token_is_kept_for_half_of_its_life(monkeypatch):
    now = 1_700_000_000.0
    monkeypatch.setattr(signing.time, "time", lambda: now)
    tokens = Tokens("https://127.0.0.1", SigningKey())
    first = tokens.token("staff devos")
    now += 14 * 60
    assert tokens.token("staff devos") == first
    assert tokens.token("staff maes") != first
    now += 2 * 60
    assert tokens.token("staff devos") != first


def test_old_keys_are_published_until_they_are_forgotten(authority, issuer):
    old = issuer.token("staff devos")
    issuer.rotate()
    new = issuer.token("staff devos")
    assert jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(old)["kid"]
    for token in (old, new):
        assert _read(authority, issuer, token)["sub"] == "devos"
    issuer.forget_old()
    assert _read(authority, issuer, new)["sub"] == "devos"
    with pytest.raises(KeyError):
        _read(authority, issuer, old)


def test_who_reads_the_signing_key_signs_as_the_issuer(authority, issuer):
    issuer.rotate()
    tokens = Tokens(issuer.url, SigningKey.read(issuer.signing_key_file))
    assert _read(authority, issuer, tokens.token("staff devos"))["sub"] == "devos"


def test_odd_tokens_are_signed_as_they_were_asked_for(authority, issuer):
    late = {**issuer.claims("staff devos"), "exp": 1}
    with pytest.raises(jwt.ExpiredSignatureError):
        _read(authority, issuer, issuer.sign(issuer.header(), late))
    odd = issuer.sign({"alg": "none", "typ": "JWT"}, {"sub": 7})
    assert jwt.get_unverified_header(odd) == {"alg": "none", "typ": "JWT"}
    assert jwt.decode(odd, options={"verify_signature": False}) == {"sub": 7}


def test_an_issuer_that_was_away_comes_back_in_its_place(authority, issuer):
    before = _fetch(authority, issuer.jwks_url)
    assert (before, issuer.asked) == (issuer.jwks(), 1)
    issuer.stop()
    with pytest.raises(urllib.error.URLError):
        _fetch(authority, issuer.jwks_url)
    assert issuer.token("staff devos")
    issuer.start()
    assert _fetch(authority, issuer.jwks_url) == before
    with pytest.raises(urllib.error.HTTPError, match="404"):
        _fetch(authority, issuer.url + "/others.json")
    assert issuer.asked == 2


def test_who_says_nothing_keeps_nobody_waiting(authority, issuer):
    port = int(issuer.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        assert _fetch(authority, issuer.jwks_url) == issuer.jwks()
