"""Access tokens (RFC 9068): what they say of a caller, and how they are signed.

A caller is written in one line:

    person an.peeters@example.org    person an.peeters@example.org via reporting
    staff devos                      staff,register-officer maes
    operator piet                    team reporting
"""

import base64
import hashlib
import json
import re
import threading
import time
import uuid
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from deploy.local.authority import private_pem, replace
from deploy.local.processes import LocalError

AUDIENCE = "scharnier"
ALGORITHM = "ES256"
_LASTS = 30 * 60
_CLIENT = "scharnier-local"  # the program that people sign in to
_BYTES = 32  # of each number of ES256
_ROLES = {"staff", "register-officer", "operator", "team"}
_CALLER = re.compile(r"(?P<roles>[a-z,-]+) (?P<name>\S+)( via (?P<team>[a-z][a-z0-9-]*))?")


def who(caller):
    """The claims that say who a caller is; LocalError where the line names nobody."""
    found = _CALLER.fullmatch(caller)
    roles = found["roles"].split(",") if found else []
    if roles == ["person"]:
        address = found["name"]
        claims = {
            "sub": hashlib.sha256(address.lower().encode()).hexdigest()[:32],
            "client_id": found["team"] or _CLIENT,
            "email": address,
            "email_verified": True,
        }
        return claims | ({"act": {"sub": found["team"]}} if found["team"] else {})
    if not roles or not _ROLES.issuperset(roles) or found["team"]:
        raise LocalError(
            f"{caller!r} is nobody: give 'person an@example.org' (or that and 'via reporting'), "
            f"or a role and a name; roles are {', '.join(sorted(_ROLES))}."
        )
    client = found["name"] if "team" in roles else _CLIENT
    return {"sub": found["name"], "client_id": client, "roles": roles}


class SigningKey:
    """A key for ES256, and what others may know of it."""

    def __init__(self, private=None):
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        numbers = self._private.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": _base64(numbers.x.to_bytes(_BYTES, "big")),
            "y": _base64(numbers.y.to_bytes(_BYTES, "big")),
        }
        # Its thumbprint by RFC 7638.
        self.kid = _base64(hashlib.sha256(_json(self.jwk)).digest())
        self.jwk |= {"kid": self.kid, "alg": ALGORITHM, "use": "sig"}

    @classmethod
    def read(cls, path: Path):
        """The key that write() has left there."""
        return cls(serialization.load_pem_private_key(path.read_bytes(), password=None))

    def write(self, path: Path):
        """Leaves it in a file for our eyes alone."""
        replace(path, private_pem(self._private))

    def sign(self, header, claims):
        """A token with this header and these claims, whatever they say."""
        signed = ".".join(_base64(_json(each)) for each in (header, claims))
        signature = self._private.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
        numbers = (each.to_bytes(_BYTES, "big") for each in decode_dss_signature(signature))
        return f"{signed}.{_base64(b''.join(numbers))}"


class Tokens:
    """Tokens of one issuer and one key; each is kept for half of its life. Thread-safe."""

    def __init__(self, issuer, key):
        self._issuer = issuer
        self._key = key
        self._lock = threading.Lock()
        self._kept = {}

    def token(self, caller):
        """A token for a caller, with at least half of its life before it."""
        now = time.time()
        with self._lock:
            token, made = self._kept.get(caller, (None, 0.0))
            # A clock that was set back makes tokens of the future.
            if not 0 <= now - made < _LASTS / 2:
                token = self._key.sign(self.header(), self.claims(caller))
                self._kept[caller] = token, now
            return token

    def header(self):
        """The header of a good token."""
        return {"alg": ALGORITHM, "kid": self._key.kid, "typ": "at+jwt"}

    def claims(self, caller):
        """The claims of a good token that is made now."""
        now = int(time.time())
        return {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + _LASTS,
            "jti": str(uuid.uuid4()),
            **who(caller),
        }


def _json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
