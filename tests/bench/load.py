"""Closed loops of calls, from a program in C++: Python would measure itself."""

import subprocess

from deploy.local.stack import BUILD

TOOLS = BUILD / "tests/bench"
IN_FLIGHT = 64
SECONDS = 4


def rate(address, verb, subject, seconds=SECONDS):
    """Calls a second that were answered OK, with 64 in flight."""
    command = [TOOLS / "bench_load", address, verb, subject, str(IN_FLIGHT), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"bench_load: {done.stderr.strip()}")
    return float(done.stdout)
