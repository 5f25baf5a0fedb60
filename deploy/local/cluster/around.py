"""What stands around the suite: names, a database, the issuer of tokens, the relay; and secrets."""

import os
import secrets
import subprocess
import time

from deploy.local.authority import Authority
from deploy.local.cluster.addresses import (
    BALANCER,
    DOMAIN,
    HOST,
    NAMES,
    NETWORK,
    OUTSIDE,
    POSTGRES,
    PUBLIC_NAME,
    USER,
)
from deploy.local.database import SuiteDatabase
from deploy.local.issuer import Issuer
from deploy.local.postgres import ExistingPostgres, binary
from deploy.local.processes import LocalError

STANDINS = "localhost/scharnier-standins:deploy"
_POSTGRES_WITHIN = 60.0


class Names:
    """dnsmasq in a container: the cluster's DNS. A headless Service is its ready pods."""

    name = "scharnier-deploy-names"

    def __init__(self, podman, folder):
        self._podman = podman
        self._folder = folder / "names"
        self._told = None

    def start(self):
        """Answers from now on."""
        self._folder.mkdir()
        self.tell({})
        self._podman.run(
            *("run", "--detach", f"--name={self.name}", f"--network={NETWORK}", f"--ip={NAMES}"),
            *(f"--volume={self._folder}:/etc/names:ro", STANDINS),
            *("dnsmasq", "--keep-in-foreground", "--user=root", "--no-hosts", "--no-resolv"),
            *("--addn-hosts=/etc/names", "--local=/#/", "--local-ttl=0"),
        )

    def tell(self, services):
        """Sets the addresses of Services, by name."""
        lines = [f"{address} {name}" for name, address in OUTSIDE.items()]
        for service, addresses in services.items():
            lines += [f"{each} {service}.{DOMAIN}" for each in addresses]
        text = "\n".join(lines) + "\n"
        if text == self._told:
            return
        (self._folder / "hosts").write_text(text)
        if self._told is not None:
            self._podman.run("kill", "--signal=HUP", self.name)
        self._told = text


class Database:
    """PostgreSQL in a container, prepared as an agency's is by deploy/database."""

    name = "scharnier-deploy-postgres"

    def __init__(self, podman, folder, authority, services):
        self._podman = podman
        self._folder = folder / "postgres"
        self._password = secrets.token_urlsafe(16)
        self._authority = authority
        url = f"postgresql://postgres:{self._password}@{POSTGRES}:5432/postgres"
        self._server = ExistingPostgres(f"{url}?connect_timeout=5")
        self.suite = SuiteDatabase(self._server, services, folder / "passwords")

    def create(self):
        """Starts it, with the suite's roles and an empty database."""
        self._folder.mkdir()
        pair = self._authority.make("postgres", dns=["postgres.example.org"], addresses=[POSTGRES])
        files = {"tls.crt": pair.certificate, "tls.key": pair.key}
        files["password"] = self._password.encode()
        for name, content in files.items():
            path = self._folder / name
            path.touch(mode=0o600)
            path.write_bytes(content)
            os.chown(path, USER, USER)  # PostgreSQL asks that its key be its own
        self._podman.run(
            *("run", "--detach", f"--name={self.name}", f"--network={NETWORK}", f"--ip={POSTGRES}"),
            *(f"--user={USER}:{USER}", f"--volume={self._folder}:/etc/postgres:ro", STANDINS),
            "postgres-of-deploy",
        )
        self._wait()
        self.suite.create()

    def stop(self):
        """Ends it; its data stay."""
        self._podman.run("stop", "--time=30", self.name)

    def start(self):
        """Starts it again; returns when it answers."""
        self._podman.run("start", self.name)
        self._wait()

    @property
    def url(self):
        """Of the suite's database, for its superuser."""
        return self._server.url(self.suite.name)

    def run(self, program, *arguments, given=b""):
        """Runs one of PostgreSQL's own on the suite's database; what it says. It reads `given`."""
        url = self._server.url(self.suite.name, password=None)
        done = subprocess.run(
            [binary(program), f"--dbname={url}", *arguments],
            env=os.environ | {"PGPASSWORD": self._password},
            input=given,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            told = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
            raise LocalError(f"`{program}` failed: {told[0]}")
        return done.stdout

    def _wait(self):
        end = time.monotonic() + _POSTGRES_WITHIN
        while True:
            try:
                return self._server.start()
            except LocalError:
                if time.monotonic() > end:
                    told = self._podman.attempt("logs", "--tail=3", self.name)
                    raise LocalError(f"PostgreSQL does not start: {told.stderr.decode()}") from None
                time.sleep(0.1)


class Identities:
    """The authority of the suite's certificates, and the issuer of tokens, on this machine."""

    def __init__(self, folder):
        self.authority = Authority(folder / "tls")
        self._folder = folder
        self.issuer = None

    def start(self, url):
        """Publishes the issuer's keys; the network has to be there."""
        self.issuer = Issuer(
            self._folder / "issuer", self.authority, address=(HOST, 443), url=url
        )
        self.issuer.start()

    def stop(self):
        """Publishes them no more."""
        if self.issuer:
            self.issuer.stop()

    @property
    def ca_file(self):
        """What clients of the gateway trust."""
        return self.authority.ca_file

    def token(self, caller):
        """An access token: see signing.py."""
        return self.issuer.token(caller)


def make_secrets(authority, database, keyring, services, spiffe_prefix):
    """The Secrets that manifests mount, as bytes by key, by name."""
    ca = authority.certificate
    made = {
        "keyring": {"keyring": keyring.encode()},
        "mail": {"password": b"nobody asks for it\n"},
        "system-ca": {"ca-certificates.crt": ca},
        "public-tls": _tls(
            authority.make("public", dns=[PUBLIC_NAME], addresses=[BALANCER]), ca
        ),
    }
    for name in (*services, "gateway"):
        pair = authority.make(name, dns=[name], uris=[spiffe_prefix + name])
        made[f"{name}-tls"] = _tls(pair, ca)
    for name in services:
        made[f"{name}-postgres-ca"] = {"ca.crt": ca}
        for secret, role in (
            ("database", database.roles[name]),
            ("audit-database", database.audit_roles[name]),
            ("migrator-database", database.owner),
        ):
            made[f"{name}-{secret}"] = {"password": database.password_file(role).read_bytes()}
    return made


def _tls(pair, ca):
    return {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": ca}
