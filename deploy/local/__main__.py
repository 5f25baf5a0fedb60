"""`./dev up` and `./dev down`: the suite stays, watched by a process in the background."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading

from deploy.local.processes import LocalError, end_leftovers, is_running, record_process
from deploy.local.stack import ROOT, Stack

_RUN_DIR = ROOT / "build/up"
_RECORDS = ROOT / "build/up.supervisor"
_LOG = ROOT / "build/up.log"
_LOCK = ROOT / "build/up.supervisor.lock"  # beside the records: down() reads all of those
_STATE = _RUN_DIR / "addresses.json"


def up():
    """Starts the supervisor, waits until everything is ready and says where it is."""
    if not (is_running(_RECORDS / "supervisor") and _STATE.exists()):
        with open(_LOG, "ab") as log:
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "deploy.local", "supervise"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        # One line when all is ready, or why it is not; afterwards lines go to the log.
        line = supervisor.stdout.readline().strip()
        if line != "ready":
            raise LocalError(line or f"the supervisor ended; see {_LOG}.")
    _describe(json.loads(_STATE.read_text()))


def down():
    """Ends the supervisor, which ends the rest."""
    end_leftovers(_RECORDS, patience=60)
    _STATE.unlink(missing_ok=True)
    print("down")


def supervise():
    """Runs the suite until SIGTERM."""
    # Needed here alone, and only where the tests are.
    from tests.programmes.mailbox import Mailbox

    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    try:
        lock = open(_LOCK, "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalError("another ./dev up is at it; wait for it, or run ./dev down.") from None
        record_process(_RECORDS / "supervisor", os.getpid())
        _RUN_DIR.mkdir(parents=True, exist_ok=True)
        with Mailbox(ROOT / "build/up.mails.jsonl") as mailbox:
            with Stack(
                _RUN_DIR,
                smtp=f"127.0.0.1:{mailbox.port}",
                report=lambda line: print(line, file=sys.stderr, flush=True),
            ) as stack:
                _STATE.write_text(
                    json.dumps(
                        {
                            "services": {
                                service: stack.address(service) for service in stack.services
                            },
                            "metrics": {
                                service: stack.metrics_address(service)
                                for service in stack.services
                            },
                            "smtp": f"127.0.0.1:{mailbox.port}",
                        }
                    )
                )
                print("ready", flush=True)
                ending.wait()
                _STATE.unlink()
    except LocalError as error:
        print(str(error).replace("\n", " "), flush=True)
        sys.exit(1)


def _describe(state):
    for service, address in state["services"].items():
        print(
            f"{service:<14} {address:<17} metrics http://{state['metrics'][service]}/metrics"
            f"  log build/up/{service}.log"
        )
    print(f"{'mail':<14} {state['smtp']:<17} kept in build/up.mails.jsonl")
    print(
        "\nCall it (the caller is a header for now):\n"
        "  /usr/bin/python3 -m deploy.local.call events SeriesService/ListSeries\n"
        "  /usr/bin/python3 -m deploy.local.call --as 'staff devos' events "
        "SessionService/ListSessions "
        "'{\"page_size\": 5}'\n"
        "\nEnd it: ./dev down"
    )


if __name__ == "__main__":
    try:
        {"up": up, "down": down, "supervise": supervise}[sys.argv[1]]()
    except LocalError as problem:
        sys.exit(f"dev: {problem}")
