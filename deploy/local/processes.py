"""Child processes that never outlive this one, and that a later run recognises if they did."""

import concurrent.futures
import itertools
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

# The kernel ends a child when the *thread* that started it ends: one thread starts them all.
_STARTER = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
# Below the range from which the kernel takes ports for outgoing connections.
_PORTS = range(15000, 32000)


class LocalError(Exception):
    """Something about this machine is in the way; the text says what to do."""


def end_on_signals():
    """SIGTERM and SIGHUP end this process as Ctrl-C does: by an exception, all being undone."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.default_int_handler)


class Child:
    """One process. It gets `death_signal` when we die, in whatever way, but no Ctrl-C."""

    def __init__(
        self,
        name,
        argv,
        log: Path,
        record: Path,
        *,
        user=None,
        cwd=None,
        env=None,
        death_signal="KILL",
    ):
        self.name = name
        self.log = log
        self._record = record
        self._cwd = cwd
        self._env = env
        self._argv = ["setpriv", "--pdeathsig", death_signal]
        if user is not None:
            self._argv += ["--reuid", user.pw_name, "--regid", str(user.pw_gid), "--init-groups"]
        self._argv += ["--", *map(str, argv)]
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as output:
            self._process = _STARTER.submit(
                subprocess.Popen,
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._cwd,
                env=self._env,
                start_new_session=True,
            ).result()
        record_process(self._record, self.pid)

    def exit_code(self):
        """None while it runs; minus the number of the signal that ended it."""
        return self._process.poll() if self._process else 0

    def send(self, number):
        if self.exit_code() is None:
            self._process.send_signal(number)

    def stop(self, number=signal.SIGTERM, patience=30.0):
        """Asks it to end, kills it when it has not after `patience` seconds; its exit code."""
        if self._process is None:
            return 0
        self.send(number)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._record.unlink(missing_ok=True)
        return self._process.returncode

    def kill9(self):
        process = self._process  # the supervisor may start the next one meanwhile
        self.send(signal.SIGKILL)
        process.wait()

    def last_words(self, lines=3):
        """The end of its log, for an error message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join("  " + line for line in text.splitlines()[-lines:])


def record_process(record: Path, pid):
    """Writes down which process was started, for end_leftovers."""
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(f"{pid} {_start_time(pid)}\n")


def is_running(record: Path):
    """Whether the process that was written down is still there."""
    if not record.exists():
        return False
    pid, started = map(int, record.read_text().split())
    return _start_time(pid) == started


def end_leftovers(records: Path, patience=10.0):
    """Ends processes written down in a folder, where they still are: by TERM, later by KILL."""
    for record in sorted(records.glob("*")):
        pid, started = map(int, record.read_text().split())
        for number in (signal.SIGTERM, signal.SIGKILL):
            if _start_time(pid) != started:
                break
            os.kill(pid, number)
            _wait_until(lambda pid=pid, started=started: _start_time(pid) != started, patience)
        record.unlink()


# Where the search for a port goes on: two processes begin at different places, and one comes back
# to a port that it has given only when it has given them all.
_search = itertools.count(int.from_bytes(os.urandom(4), "little"))


def free_port():
    """A loopback port that nobody listens on, and that was given to nobody else."""
    for _ in _PORTS:
        port = _PORTS[next(_search) % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LocalError(
        f"No port from {_PORTS.start} to {_PORTS.stop - 1} is free: end what listens there."
    )


def _start_time(pid):
    """When the process started, in ticks since boot; None when it is none or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
