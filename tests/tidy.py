"""clang-tidy for `./dev lint`: over the sources given, but for those that were clean as they are.

A source takes ten seconds and more. What was clean is remembered in build/tidy by a hash of all
that its result comes from: the source, the headers it includes, how it is compiled, the checks and
the version of clang-tidy. Sources that the build does not compile are passed over.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from deploy.local.stack import ROOT

_BUILD = ROOT / "build/dev"
_CLEAN = ROOT / "build/tidy"
_TIDY = "clang-tidy-19"
# Every source includes it, in a form that hides what it consists of.
_PRECOMPILED = ROOT / "common/cmake/precompiled.h"


class Sources:
    """What the build knows of them."""

    def __init__(self):
        compiled = json.loads((_BUILD / "compile_commands.json").read_text())
        self._commands = {Path(each["file"]): each["command"] for each in compiled}
        self._headers = _headers_by_object()
        version = subprocess.run([_TIDY, "--version"], capture_output=True, check=True).stdout
        self._common = version + (ROOT / ".clang-tidy").read_bytes() + _PRECOMPILED.read_bytes()

    def __contains__(self, source):
        return source in self._commands

    def key(self, source):
        """The hash of all that its result comes from."""
        command = self._commands[source]
        digest = hashlib.sha256(self._common + command.encode())
        for path in self._headers.get(re.search(r" -o (\S+)", command)[1], [source]):
            digest.update(_identity(path))
        return digest.hexdigest()


def _headers_by_object():
    """{object file: all files that it was compiled from}, as ninja has it from the compiler."""
    told = subprocess.run(
        ["ninja", "-C", _BUILD, "-t", "deps"], capture_output=True, check=True, text=True
    ).stdout
    found = {}
    for paragraph in told.split("\n\n"):
        first, *rest = paragraph.splitlines() or [""]
        found[first.partition(":")[0]] = sorted((_BUILD / line.strip()).resolve() for line in rest)
    return found


def _identity(path):
    """The content of our own files; of the system's, which packages bring, size and time."""
    if path.suffix == ".gch":
        return b""
    if path.is_relative_to(ROOT):
        return path.read_bytes()
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}".encode()


def _check(source):
    """What clang-tidy complains of; empty: nothing."""
    done = subprocess.run(
        [_TIDY, "-p", _BUILD, "--quiet", source], capture_output=True, check=False, text=True
    )
    if done.returncode == 0:
        return ""
    return done.stdout or done.stderr


def main():
    """Takes sources as arguments; exit code 1 when one has a finding."""
    sources = Sources()
    given = [path for path in map(Path.resolve, map(Path, sys.argv[1:])) if path in sources]
    keys = {path: sources.key(path) for path in given}
    left = [path for path in given if not (_CLEAN / keys[path]).exists()]
    print(f"clang-tidy: {len(left)} files; {len(given) - len(left)} were clean as they are")
    _CLEAN.mkdir(exist_ok=True)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, complaint in zip(left, pool.map(_check, left)):
            if complaint:
                failed = True
                print(complaint, flush=True)
            else:
                (_CLEAN / keys[path]).touch()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
