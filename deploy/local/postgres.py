"""A PostgreSQL server of our own, or an existing one. The system's clusters are left alone."""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from deploy.local.processes import Child, LocalError, free_port

# What matters locally of the settings for production; the rest are PostgreSQL's defaults.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
    "log_parameter_max_length": "0",  # no personal data in logs
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A server for tests forgets everything anyway.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_LONGEST_SOCKET_PATH = 107
_NEEDED_MB = 300


class PrivatePostgres:
    """A server with its own data, made anew by start().

    The data lie in a short folder outside the checkout, since PostgreSQL refuses long socket paths
    and folders below one that its user cannot enter; `run_dir`/postgres links to it. When we are
    root it runs as `postgres`.
    """

    def __init__(self, run_dir: Path, *, durable=True, password=None):
        self._run_dir = run_dir
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        name = hashlib.sha256(f"{os.geteuid()}:{run_dir.resolve()}".encode()).hexdigest()[:10]
        self.folder = Path(os.environ.get("TMPDIR", "/var/tmp")) / f"scharnier-{name}"
        self.port = free_port()
        self.password = password or secrets.token_urlsafe(16)
        settings = {
            **_SETTINGS,
            **({} if durable else _FORGETFUL),
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        argv = [binary("postgres"), "-D", self.folder / "data"]
        for key, value in settings.items():
            argv += ["-c", f"{key}={value}"]
        # INT is a fast shutdown: rolls back, closes, needs no recovery.
        self.child = Child(
            "postgres",
            argv,
            run_dir / "postgres.log",
            run_dir / "pids" / "postgres",
            user=self._user,
            cwd="/",
            death_signal="INT",
        )

    def create(self):
        """Makes an empty cluster in place of the one of an earlier run."""
        if len(f"{self.folder}/.s.PGSQL.{self.port}") > _LONGEST_SOCKET_PATH:
            raise LocalError(
                f"{self.folder} is too long a path for PostgreSQL: set TMPDIR to a shorter one."
            )
        self.remove()
        free = shutil.disk_usage(self.folder.parent).free // 2**20
        if free < _NEEDED_MB:
            raise LocalError(
                f"only {free} MB are free in {self.folder.parent}, where PostgreSQL needs "
                f"{_NEEDED_MB}: make room, or set TMPDIR to another folder."
            )
        self.folder.mkdir(mode=0o700)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self._user:
            for path in (self.folder, password_file):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        argv = [
            binary("initdb"),
            "--pgdata",
            self.folder / "data",
            "--username=postgres",
            "--pwfile",
            password_file,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-sync",
        ]
        if self._user:
            argv = [
                "setpriv",
                "--reuid",
                "postgres",
                "--regid",
                str(self._user.pw_gid),
                "--init-groups",
                "--",
                *argv,
            ]
        made = subprocess.run(argv, cwd="/", capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise LocalError(
                f"PostgreSQL could not make its data in {self.folder} "
                "(set TMPDIR to put it elsewhere): "
                + made.stderr.strip().splitlines()[0]
            )
        password_file.unlink()
        (self._run_dir / "postgres").symlink_to(self.folder)

    def start(self):
        self.child.start()
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            if self.child.exit_code() is not None or time.monotonic() > end:
                raise LocalError(
                    f"PostgreSQL did not start; see {self.child.log}:\n{self.child.last_words()}"
                )
            time.sleep(0.05)

    def stop(self):
        """Ends it for good: at once, since nobody reads these data again."""
        self.child.stop(signal.SIGQUIT)

    def remove(self):
        """Removes the data."""
        (self._run_dir / "postgres").unlink(missing_ok=True)
        if not self.folder.exists():
            return
        owners = {os.geteuid(), self._user.pw_uid if self._user else os.geteuid()}
        if self.folder.is_symlink() or self.folder.stat().st_uid not in owners:
            raise LocalError(
                f"{self.folder} belongs to somebody else: "
                "remove it, or set TMPDIR to another folder."
            )
        shutil.rmtree(self.folder)

    def url(self, database="postgres", **settings):
        """Of the superuser, unless the settings say otherwise."""
        return _url(
            {
                "host": "127.0.0.1",
                "port": self.port,
                "user": "postgres",
                "password": self.password,
                **settings,
            },
            database,
        )


class ExistingPostgres:
    """The server that SCHARNIER_DATABASE_URL names; its role may create roles and databases."""

    child = None

    def __init__(self, url):
        try:
            self._settings = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            raise LocalError(
                "SCHARNIER_DATABASE_URL cannot be read: "
                "give it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
            ) from None

    def create(self):
        pass

    def start(self):
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            raise LocalError(
                "SCHARNIER_DATABASE_URL names a server that does not answer: "
                + str(error).strip().splitlines()[0]
            ) from None

    def stop(self):
        pass

    def remove(self):
        pass

    def url(self, database=None, **settings):
        """Of the role that the variable names, unless the settings say otherwise."""
        return _url({**self._settings, **settings}, database or self._settings.get("dbname", ""))


def _url(settings, database):
    """A URL of libpq in the form that holds every setting: sockets, IPv6, TLS. None: left out."""
    given = {
        name: value
        for name, value in settings.items()
        if value is not None and name != "dbname"
    }
    return f"postgresql:///{quote(database, safe='')}?{urlencode(given, quote_via=quote)}"


def binary(name):
    """PostgreSQL's servers are not on the PATH in Debian; the newest wins."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    if not found:
        raise LocalError(
            f"There is no {name} below /usr/lib/postgresql: install the package postgresql."
        )
    return found[-1]
