"""What the gateway is told: addresses, files, who is believed, and how much is let in."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import yaml

# The deadlines of the services (common/rpc/server.h): tests/contract compares.
DEFAULT_DEADLINE = datetime.timedelta(seconds=5)
MAXIMUM_DEADLINE = datetime.timedelta(seconds=30)
LONGEST_STREAM = datetime.timedelta(minutes=15)
IDLE_STREAM = datetime.timedelta(seconds=60)
MIB = 1 << 20
# Services take 8 KiB of headers, and count 32 bytes more for each than it has: what is let in here
# is less than that whatever the headers are.
HEADERS_KIB, HEADERS = 6, 50
# Of a request, which is held until all of it is there: with an access token, and without.
BODY_KIB, STRANGERS_BODY_KIB = 1024, 64


@dataclass(frozen=True)
class Address:
    """A host and a port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text):
        """Of "127.0.0.1:8443"."""
        host, _, port = text.rpartition(":")
        return cls(host, int(port))

    def __str__(self):
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Service:
    """A service behind the gateway; of its name all replicas' addresses are looked up."""

    host: str
    port: int
    health_port: int


@dataclass(frozen=True)
class Files:
    """A certificate, its key, and the authority whose certificates are believed (may be None)."""

    certificate: Path
    key: Path
    ca: Path | None = None


@dataclass(frozen=True)
class Issuer:
    """Whose access tokens pass, and where its keys are; `ca` signs the certificate found there."""

    issuer: str
    audience: str
    jwks_url: str
    ca: Path

    @property
    def jwks_address(self):
        """Of the server that publishes the keys."""
        url = urlsplit(self.jwks_url)
        return Address(url.hostname, url.port or 443)


@dataclass(frozen=True)
class Rate:
    """How many calls a second, and how many at once after a pause."""

    a_second: int
    burst: int


@dataclass(frozen=True)
class Settings:
    """All that one gateway is told."""

    listen: Address
    ready: Address  # plaintext, for probes and metrics alone
    admin_port: int  # of loopback
    services: dict  # of Service, by name
    spiffe_prefix: str
    descriptors: Path
    secrets: Path  # the folder of the files that say where certificates lie (render.secrets)
    public: Files  # shown to clients
    own: Files  # shown to services, and the authority of theirs
    issuer: Issuer
    caller: Rate  # of one caller, in each replica
    address: Rate  # of one address, whoever calls from there and with whatever token
    large: Rate  # of one caller's requests by HTTP/1.1 that may be large
    connections: int = 1000  # at a time
    heap_bytes: int = 300 << 20  # the process takes half as much again (the manifest: 512 MiB)
    # After what time a request has to be there, whatever its deadline: it is held in memory. What a
    # client streams is not; a service has to have taken it on by then.
    arrival: datetime.timedelta = datetime.timedelta(seconds=10)
    origins: list = field(default_factory=list)  # of pages in browsers that may call

    @property
    def admin(self):
        """What sees and says everything, to this machine alone."""
        return Address("127.0.0.1", self.admin_port)


def read_cluster(path):
    """Those of a cluster, from its file (cluster/settings.yaml): what an agency sets. Where files
    are mounted and ports stand here, since the manifests say the same."""
    told = yaml.safe_load(path.read_text())
    mounted = Path("/etc/envoy")
    own, public = Path("/etc/scharnier/tls"), Path("/etc/scharnier/public-tls")
    return Settings(
        listen=Address("0.0.0.0", 8443),
        ready=Address("0.0.0.0", 8081),
        admin_port=9901,
        services={name: Service(name, 50051, 50052) for name in told["services"]},
        spiffe_prefix=told["spiffe_prefix"],
        descriptors=mounted / "scharnier.pb",
        secrets=mounted,
        public=Files(public / "tls.crt", public / "tls.key"),
        own=Files(own / "tls.crt", own / "tls.key", own / "ca.crt"),
        issuer=Issuer(**told["issuer"], ca=Path("/etc/ssl/certs/ca-certificates.crt")),
        caller=Rate(**told["caller"]),
        address=Rate(**told["address"]),
        large=Rate(**told["large"]),
        origins=told["origins"],
    )
