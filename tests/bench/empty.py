"""The server of methods that do nothing, as a process beside the suite."""

import contextlib
import time

from deploy.local.health import is_serving
from deploy.local.processes import Child, LocalError, free_port
from tests.bench import load


@contextlib.contextmanager
def empty_server(run_dir, name, files=()):
    """Its address; with a certificate's `files` (certificate, key, authority) over TLS, else in
    plaintext."""
    address, health = (f"127.0.0.1:{free_port()}" for _ in range(2))
    argv = [load.TOOLS / "bench_empty_server", address, health, *files]
    child = Child(name, argv, run_dir / f"{name}.log", run_dir / f"pids/{name}")
    child.start()
    try:
        _wait_until_serving(health)
        yield address
    finally:
        child.stop()


def _wait_until_serving(health_address):
    end = time.monotonic() + 10
    while not is_serving(health_address):
        if time.monotonic() > end:
            raise LocalError("the empty server does not answer.")
        time.sleep(0.05)
