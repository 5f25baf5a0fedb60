"""The suite's own certificate authority: its certificates say which service somebody is.

    authority = Authority(run_dir / "secrets/tls")
    files = authority.issue("events")                     # paths; again: replaces them
    odd = authority.make("events", uris=[ONE, ANOTHER])   # PEM, for tests of what is refused

The authority's own key is kept in memory alone: what it has signed outlives it, but nobody can
sign more in its name.
"""

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# A service is this and its name.
SPIFFE_PREFIX = "spiffe://scharnier.local/ns/local/sa/"
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
_AN_HOUR_AGO = datetime.timedelta(hours=-1)  # so that clocks need not agree
_IN_A_YEAR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True)
class Files:
    """Where a certificate and its key lie."""

    certificate: Path
    key: Path

    def read(self):
        """What lies there."""
        return Pair(self.certificate.read_bytes(), self.key.read_bytes())


class Authority:
    """An authority made anew, with its files in a folder of its own."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._key = _new_key()
        self._name = _name("Scharnier on this machine")
        self.certificate = _pem(self._sign_own())
        self.ca_file = folder / "ca.pem"
        replace(self.ca_file, self.certificate)

    def issue(self, service):
        """Makes a service a certificate, in place of the one it may have; where it lies."""
        pair = self.make(
            service,
            dns=["localhost", service],
            addresses=["127.0.0.1"],
            uris=[SPIFFE_PREFIX + service],
        )
        return self.write(service, pair)

    def files(self, name):
        """Where a certificate of this name lies, once it was written."""
        return Files(self._folder / f"{name}.pem", self._folder / f"{name}.key")

    def flags(self, service):
        """The settings by which a service shows who it is and knows others."""
        files = self.files(service)
        return [
            f"--tls-certificate-file={files.certificate}",
            f"--tls-key-file={files.key}",
            f"--tls-ca-file={self.ca_file}",
            f"--spiffe-prefix={SPIFFE_PREFIX}",
        ]

    def make(
        self,
        subject,
        *,
        dns=(),
        addresses=(),
        uris=(),
        begins=_AN_HOUR_AGO,
        ends=_IN_A_YEAR,
        usages=(SERVER, CLIENT),
    ):
        """A certificate for whatever is asked: its alternative names, as they are given; when it
        begins and ends, as distances from now; what it may be used for."""
        key = _new_key()
        builder = _builder(_name(subject), self._name, key.public_key(), begins, ends)
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        names = [
            *map(x509.DNSName, dns),
            *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses),
            *map(x509.UniformResourceIdentifier, uris),
        ]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Pair(_pem(builder.sign(self._key, hashes.SHA256())), private_pem(key))

    def write(self, name, pair):
        """Puts a pair where a certificate of this name lies; where that is.

        Both are written before either takes its place, so that readers see a key beside another's
        certificate for an instant at most.
        """
        files = self.files(name)
        fresh = Files(_fresh(files.certificate), _fresh(files.key))
        _write_secret(fresh.key, pair.key)
        _write_secret(fresh.certificate, pair.certificate)
        os.replace(fresh.key, files.key)
        os.replace(fresh.certificate, files.certificate)
        return files

    def _sign_own(self):
        builder = _builder(
            self._name, self._name, self._key.public_key(), _AN_HOUR_AGO, _IN_A_YEAR
        )
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        ).add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        return builder.sign(self._key, hashes.SHA256())


def private_pem(key):
    """A private key in PEM, without a passphrase."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def replace(path: Path, content: bytes):
    """Writes a file for our eyes alone; whoever reads it meanwhile sees the old one or the new."""
    fresh = _fresh(path)
    _write_secret(fresh, content)
    os.replace(fresh, path)


def _fresh(path):
    return path.with_name(path.name + ".new")


def _write_secret(path, content):
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _new_key():
    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject, issuer, public_key, begins, ends):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(**allowed):
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{each: allowed.get(each, False) for each in every.split()})
