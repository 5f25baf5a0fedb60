"""The stack that all else runs on: alone in its folder, gone with its owner, on any server."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from deploy.local.postgres import PrivatePostgres
from deploy.local.processes import LocalError
from deploy.local.running import Running
from deploy.local.stack import ROOT, SERVICES, Stack
from tests.programmes import pb
from tests.programmes.suite import STAFF, Suite

_OWNER = """
import signal, sys, time
from deploy.local.processes import end_on_signals
from deploy.local.stack import Stack
# What a shell starts in the background ignores Ctrl-C, what nohup starts the end of the terminal;
# and so does what the tests start then.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
end_on_signals()
with Stack(sys.argv[1], durable=False):
    print("up", flush=True)
    time.sleep(600)
"""


def _owner_of(folder):
    """Another process with a stack that is up."""
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, folder],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert owner.stdout.readline() == "up\n"
    return owner


def _stack(folder):
    return Stack(folder, durable=False, services=["events"])


def test_two_at_once_need_two_folders(tmp_path):
    with _stack(tmp_path / "run"):
        with pytest.raises(LocalError, match="in use by another run"):
            _stack(tmp_path / "run").up()
        with _stack(tmp_path / "other"):
            pass


def test_everything_goes_when_its_owner_is_killed(tmp_path):
    folder = tmp_path / "a run"
    owner = _owner_of(folder)
    pids = {path.name: int(path.read_text().split()[0]) for path in (folder / "pids").iterdir()}
    assert set(pids) == {"postgres", *SERVICES}
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    end = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in pids.values()):
        assert time.monotonic() < end, f"still there: {pids}"
        time.sleep(0.05)
    # What it left behind is in nobody's way.
    with _stack(folder) as stack:
        assert stack.is_ready("events")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_is_asked_to_end_leaves_nothing(tmp_path, number):
    folder = tmp_path / "run"
    owner = _owner_of(folder)
    data = (folder / "postgres").resolve()
    assert data.exists()
    owner.send_signal(number)
    owner.wait(60)
    assert not data.exists()
    assert list((folder / "pids").iterdir()) == []


def test_an_existing_server_by_a_modest_role(tmp_path, monkeypatch):
    server = PrivatePostgres(tmp_path / "server", durable=False)
    (tmp_path / "server").mkdir()
    server.create()
    server.start()
    try:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE ROLE guest LOGIN CREATEROLE CREATEDB PASSWORD 'guest'")
        # Any URL of libpq will do: here by the socket, with a setting more.
        url = f"postgresql://guest:guest@/postgres?host={server.folder}&port={server.port}"
        url += "&sslmode=disable"
        monkeypatch.setenv("SCHARNIER_DATABASE_URL", url)
        for _ in range(2):  # the second finds nothing of the first in its way
            with _stack(tmp_path / "run") as stack:
                assert stack.is_ready("events")
        with psycopg.connect(server.url()) as admin:
            left = "SELECT rolname FROM pg_roles WHERE rolname ~ '^(svc_|audit_|scharnier_)'"
            assert admin.execute(left).fetchall() == []
    finally:
        server.stop()
        server.remove()


@pytest.mark.parametrize("url", ["mysql://x@y", "postgresql://[::1", "nonsense", "host=a b=c"])
def test_a_url_that_cannot_be_read(tmp_path, monkeypatch, url):
    monkeypatch.setenv("SCHARNIER_DATABASE_URL", url)
    with pytest.raises(LocalError, match="SCHARNIER_DATABASE_URL cannot be read: give it as"):
        _stack(tmp_path / "run").up()


def test_up_stays_until_down(tmp_path):
    def local(verb):
        done = subprocess.run(
            [sys.executable, "-m", "deploy.local", verb, tmp_path / "up"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    assert local("down") == (1, "", "dev: nothing is up.\n")
    try:
        code, told, _ = local("up")
        assert code == 0
        code, again, _ = local("up")
        assert (code, again) == (0, "It is up already:\n" + told)
        running = Running(tmp_path / "up" / "addresses.json")
        with Suite(running.services, running) as suite:
            suite.series.ListSeries(pb.series_service.ListSeriesRequest(), STAFF)
    finally:
        ended = local("down")
    assert ended == (0, "down\n", "")
    assert local("down")[0] == 1
