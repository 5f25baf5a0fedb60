"""Tokens as nobody should make them: what the issuer signs, changed in one point.

    forge = Forge(stack.issuer)
    call(authorization="Bearer " + forge.token())                    # good
    call(authorization="Bearer " + forge.token(claims={"exp": None}))  # without `exp`
"""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from deploy.local.signing import SigningKey

# The order of P-256's group.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BYTES = 32


class Forge:
    """Knows the issuer's signing key, and others; `caller` is whom its tokens name."""

    def __init__(self, issuer, caller="staff devos"):
        self._key = serialization.load_pem_private_key(
            issuer.signing_key_file.read_bytes(), password=None
        )
        self._issuer = issuer
        self.header = issuer.header()
        self.claims = issuer.claims(caller)
        self.now = self.claims["iat"]
        self.jwk = SigningKey(self._key).jwk
        self.public_pem = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, *, header=None, claims=None):
        """A token with some members changed; those that become None are left out."""
        return self.of(_json(_changed(self.header, header)), _json(_changed(self.claims, claims)))

    def of(self, header=None, payload=None):
        """A token of these very bytes, or the good ones."""
        signed = self.signed(header, payload)
        return f"{signed}.{encode(self.sign(signed))}"

    def signed(self, header=None, payload=None):
        """What a signature is over."""
        header = _json(self.header) if header is None else header
        payload = _json(self.claims) if payload is None else payload
        return f"{encode(header)}.{encode(payload)}"

    def numbers(self, signed):
        """The two numbers of a good signature."""
        return decode_dss_signature(self.der(signed))

    def sign(self, signed):
        """A good signature."""
        return pair(*self.numbers(signed))

    def der(self, signed):
        """A good signature, as X.509 writes it."""
        return self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))

    def with_signature(self, sign, header=None):
        """A token with the signature that `sign` makes of what is signed, as text."""
        signed = self.signed(_json(_changed(self.header, header)))
        return f"{signed}.{encode(sign(signed))}"

    def with_secret(self, secret, header=None):
        """A token that claims to be signed by a secret, and is."""
        return self.with_signature(
            lambda signed: hmac.digest(secret, signed.encode(), hashlib.sha256),
            {"alg": "HS256", **(header or {})},
        )

    def with_other_key(self, header=None):
        """A token of our own key, under the issuer's name."""
        key = SigningKey()
        brought = {name: key.jwk if value is OWN_KEY else value for name, value in header.items()}
        return key.sign(self.header | brought, self.claims)

    def with_rsa(self):
        """A token that RS256 has signed."""
        key = rsa.generate_private_key(65537, 2048)
        return self.with_signature(
            lambda signed: key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()),
            {"alg": "RS256"},
        )


# In a header, stands for the public key that has signed.
OWN_KEY = object()


def encode(data):
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def pair(r, s):
    """Two numbers as ES256 writes a signature."""
    return r.to_bytes(_BYTES, "big") + s.to_bytes(_BYTES, "big")


def _changed(members, changes):
    return {
        name: value for name, value in (members | (changes or {})).items() if value is not None
    }


def _json(value):
    return json.dumps(value, separators=(",", ":")).encode()
