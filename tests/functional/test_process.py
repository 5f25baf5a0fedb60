"""The process: how it starts, what it costs, and how it ends."""

import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from deploy.local.authority import Authority
from deploy.local.issuer import Issuer
from deploy.local.stack import BUILD
from tests.functional.scene import a_request, wait_until
from tests.programmes import pb
from tests.programmes.suite import person

_DRAINED, _TROUBLE, _BAD_SETTINGS = 0, 1, 2


def test_sigterm_lets_calls_end(start):
    scene = start()
    session = scene.publish()
    email = scene.somebody()
    with scene.database("events") as db, db.transaction():
        db.execute(
            "SELECT FROM session WHERE id = %s FOR UPDATE",
            (session.name.removeprefix("sessions/"),),
        )
        running = scene.suite.registrations.Register.future(
            a_request(session, email), person(email), timeout=20
        )
        wait_until(
            lambda: _waits_for_a_lock(scene), 10, lambda: "the call does not wait for the session"
        )
        codes = []
        ending = threading.Thread(target=lambda: codes.append(scene.stack.stop("events")))
        ending.start()
        wait_until(
            lambda: not scene.stack.is_ready("events"), 10, lambda: "still ready while it drains"
        )
        assert not running.done()
    assert running.result().state == pb.registration.Registration.STATE_CONFIRMED
    ending.join()
    assert codes == [_DRAINED]
    assert scene.stack.stop("notifications") == _DRAINED


def _waits_for_a_lock(scene):
    with scene.database("events") as db:
        return db.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        ).fetchone()[0]


def test_a_busy_port_is_said_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        done = _run("events", "serve", f"--address={address}", *_other_flags(tmp_path))
    assert done.returncode == _TROUBLE
    lines = [line for line in done.stderr.splitlines() if f"cannot listen on {address}" in line]
    assert len(lines) == 1 and "choose another" in lines[0], done.stderr


def test_bad_settings_are_told_all_at_once(tmp_path):
    for service in ("events", "notifications"):
        done = _run(
            service,
            "serve",
            "--pool-size=0",
            "--kleur=rood",
            "--probe-interval=soon",
            f"--clock-file={tmp_path / 'none'}",
            f"--keyring-file={tmp_path / 'none'}",
        )
        assert done.returncode == _BAD_SETTINGS
        for setting in (
            "pool-size",
            "kleur",
            "probe-interval",
            "clock-file",
            "keyring",
            "--database-url",
            "--audit-database-url",
        ):
            assert setting in done.stderr, f"{service} does not name {setting}:\n{done.stderr}"


@pytest.mark.parametrize(
    "url",
    [
        "user=svc_events host=db.example.org password=geheim",
        "postgresql://svc_events:geheim@db.example.org/scharnier",
        "postgresql://svc_events@[::1/scharnier?password=geheim",
        "mysql://geheim@db.example.org/scharnier",
    ],
)
def test_a_database_url_in_a_wrong_form_is_refused_and_not_repeated(url):
    for verb in ("serve", "migrate"):
        done = _run("events", verb, f"--database-url={url}")
        assert done.returncode == _BAD_SETTINGS
        assert "--database-url: has to be postgresql://" in done.stderr
        assert "geheim" not in done.stderr


def test_an_empty_keyring_is_a_bad_setting(tmp_path):
    (tmp_path / "empty").touch()
    done = _run("events", "serve", f"--keyring-file={tmp_path / 'empty'}")
    assert done.returncode == _BAD_SETTINGS
    assert f"--keyring-file: {tmp_path / 'empty'} is empty" in done.stderr


def test_a_word_too_many_is_said_in_one_line():
    done = _run("events", "new-keyring", "extra")
    assert done.returncode == _BAD_SETTINGS
    assert (done.stdout, done.stderr) == ("", "`extra` is one word too many: see --help\n")


def test_an_idle_service_is_small_and_soon_ready(start, capsys):
    scene = start()
    for service in scene.stack.services:
        scene.stack.stop(service)
        begin = time.monotonic()
        scene.stack.start(service)
        scene.stack.wait_ready(service)
        ready = time.monotonic() - begin
        status = Path(f"/proc/{scene.stack.pid(service)}/status").read_text(encoding="ascii")
        megabytes = int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024
        with capsys.disabled():
            print(f"\n{service}: ready after {ready:.2f} s, {megabytes:.1f} MB resident when idle")
        assert megabytes < 40


def _run(service, *arguments):
    return subprocess.run(
        [BUILD / service, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def _other_flags(tmp_path):
    keyring = tmp_path / "keyring"
    keyring.write_text(_run("events", "new-keyring").stdout, encoding="ascii")
    authority = Authority(tmp_path / "tls")
    authority.issue("events")
    return [
        *authority.flags("events"),
        *Issuer(tmp_path / "issuer", authority).flags(),
        "--health-address=127.0.0.1:0",
        "--database-url=postgresql://nobody@127.0.0.1:1/none",
        "--audit-database-url=postgresql://nobody@127.0.0.1:1/none",
        "--organisations=127.0.0.1:1",
        f"--keyring-file={keyring}",
    ]
