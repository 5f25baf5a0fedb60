"""`./dev up` and `./dev down`: the suite stays, watched by a process in the background.

    python3 -m deploy.local up [FOLDER]
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from deploy.local.gateway import find_envoy
from deploy.local.processes import LocalError, end_leftovers, is_running, record_process
from deploy.local.running import Running, note
from deploy.local.stack import BUILD, ROOT, Stack


class Place:
    """What `up` keeps, and where: in a folder, and beside it what outlives the folder."""

    def __init__(self, folder):
        self.run_dir = Path(folder).resolve()
        self.addresses = self.run_dir / "addresses.json"
        self.log = self._beside(".log")
        self.mails = self._beside(".mails.jsonl")
        self.records = self._beside(".supervisor")
        self.lock = self._beside(".supervisor.lock")  # not in there: down() reads all of those

    @property
    def supervisor(self):
        """The record of the process that watches."""
        return self.records / "supervisor"

    def _beside(self, suffix):
        return self.run_dir.with_name(self.run_dir.name + suffix)


def up(place):
    """Starts the supervisor, waits until everything is ready and says where it is."""
    if is_running(place.supervisor) and place.addresses.exists():
        print("It is up already:")
    else:
        with open(place.log, "ab") as log:
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "deploy.local", "supervise", place.run_dir],
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
            raise LocalError(line or f"the supervisor ended; see {place.log}.")
    _describe(place)


def down(place):
    """Ends the supervisor, which ends the rest."""
    if not is_running(place.supervisor):
        raise LocalError("nothing is up.")
    end_leftovers(place.records, patience=60)
    place.addresses.unlink(missing_ok=True)
    print("down")


def supervise(place):
    """Runs the suite until SIGTERM."""
    # Needed here alone, and only where the tests are.
    from tests.programmes.mailbox import Mailbox

    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    try:
        lock = open(place.lock, "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalError("another ./dev up is at it; wait for it, or run ./dev down.") from None
        record_process(place.supervisor, os.getpid())
        place.run_dir.mkdir(parents=True, exist_ok=True)
        with Mailbox(place.mails) as mailbox:
            with Stack(
                place.run_dir,
                smtp=mailbox.address,
                gateway={} if find_envoy(BUILD.parent) else None,
                report=lambda line: print(line, file=sys.stderr, flush=True),
            ) as stack:
                note(stack, mailbox.address, place.addresses)
                print("ready", flush=True)
                ending.wait()
                place.addresses.unlink()
    except LocalError as error:
        print(str(error).replace("\n", " "), flush=True)
        sys.exit(1)


def _describe(place):
    running = Running(place.addresses)
    for service, address in running.services.items():
        print(
            f"{service:<14} {address:<17} metrics http://{running.metrics[service]}/metrics"
            f"  log {_shown(place.run_dir / service)}.log"
        )
    if running.gateway:
        print(f"{'gateway':<14} https://{running.gateway}  log {_shown(place.run_dir)}/gateway.log")
    else:
        print(f"{'gateway':<14} not there: Envoy could not be had from PyPI")
    print(f"{'mail':<14} {running.smtp:<17} kept in {_shown(place.mails)}")
    print(
        f"{'authority':<14} {_shown(running.ca_file)}\n"
        "\nCall it, as anybody you like:\n"
        "  /usr/bin/python3 -m deploy.local.call events SeriesService/ListSeries\n"
        "  /usr/bin/python3 -m deploy.local.call --as 'staff devos' events "
        "SessionService/ListSessions "
        "'{\"page_size\": 5}'\n"
        "  ./dev token --as 'staff devos'    # for other clients: authorization: Bearer TOKEN\n"
        f"{_by_json(running)}"
        "\nEnd it: ./dev down"
    )


def _by_json(running):
    if not running.gateway:
        return ""
    return f"  curl --cacert {_shown(running.ca_file)} https://{running.gateway}/v1/sessions\n"


def _shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


if __name__ == "__main__":
    verb, folder = (*sys.argv[1:], ROOT / "build/up")[:2]
    try:
        {"up": up, "down": down, "supervise": supervise}[verb](Place(folder))
    except LocalError as problem:
        sys.exit(f"dev: {problem}")
