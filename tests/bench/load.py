"""Closed loops of calls, from a program in C++: Python would measure itself."""

import subprocess

from deploy.local.stack import BUILD

TOOLS = BUILD / "tests/bench"
IN_FLIGHT = 64
SECONDS = 4


def rate(address, ca_file, verb, subject, callers=None, seconds=SECONDS):
    """Calls a second that were answered OK, with 64 in flight. `callers` is a file of
    write_callers(); without it calls are anonymous. Without a ca_file in plaintext."""
    options = [f"--ca={ca_file}"] if ca_file else []
    if callers:
        options.append(f"--callers={callers}")
    work = [address, verb, subject, str(IN_FLIGHT), str(seconds)]
    command = [TOOLS / "bench_load", *options, *work]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"bench_load: {done.stderr.strip()}")
    return float(done.stdout)


def write_callers(stack, names):
    """A file with those who call, in turn: a line each, with their name (the last word of a caller,
    such as an address) and a token."""
    path = stack.run_dir / "secrets" / "callers"
    path.touch(mode=0o600)
    path.write_text("".join(f"{each.split()[1]} {stack.token(each)}\n" for each in names))
    return path
