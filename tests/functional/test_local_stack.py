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
from deploy.local.stack import ROOT, Stack

_OWNER = """
import sys, time
from deploy.local.stack import Stack
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
    assert set(pids) == {"postgres", "events", "notifications"}
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    end = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in pids.values()):
        assert time.monotonic() < end, f"still there: {pids}"
        time.sleep(0.05)
    # What it left behind is in nobody's way.
    with _stack(folder) as stack:
        assert stack.is_ready("events")


def test_ctrl_c_leaves_nothing(tmp_path):
    folder = tmp_path / "run"
    owner = _owner_of(folder)
    data = (folder / "postgres").resolve()
    assert data.exists()
    owner.send_signal(signal.SIGINT)
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
        url = f"postgresql://guest:guest@{server.host}:{server.port}/postgres"
        monkeypatch.setenv("SCHARNIER_DATABASE_URL", url)
        for _ in range(2):  # the second finds nothing of the first in its way
            with _stack(tmp_path / "run") as stack:
                assert stack.is_ready("events")
        with psycopg.connect(server.url()) as admin:
            left = "SELECT rolname FROM pg_roles WHERE rolname ~ '^(svc_|scharnier_)'"
            assert admin.execute(left).fetchall() == []
    finally:
        server.stop()
        server.remove()
