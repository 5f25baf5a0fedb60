"""podman, with storage and settings of its own below build/: what is there is this checkout's.

    podman = Podman()
    podman.run("image", "exists", "localhost/scharnier-base:stand-in")
"""

import os
import subprocess

from deploy.local.processes import LocalError
from deploy.local.stack import ROOT

_WORK = ROOT / "build/podman"
# Overlay needs no helper as root. Kernels without a unified cgroup hierarchy need runc, and
# processes that may not raise their limits need limits below their own.
_STORAGE = """[storage]
driver = "overlay"
runroot = "{work}/run"
graphroot = "{work}/storage"
"""
_CONTAINERS = """[containers]
default_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]
[engine]
runtime = "runc"
events_logger = "file"
cgroup_manager = "cgroupfs"
"""


class Podman:
    """Runs podman's commands; paths are absolute."""

    def __init__(self):
        _WORK.mkdir(parents=True, exist_ok=True)
        storage, containers = _WORK / "storage.conf", _WORK / "containers.conf"
        storage.write_text(_STORAGE.format(work=_WORK))
        containers.write_text(_CONTAINERS)
        self._environment = os.environ | {
            "CONTAINERS_STORAGE_CONF": str(storage),
            "CONTAINERS_CONF": str(containers),
        }

    def run(self, *arguments, **options):
        """Its output. Raises LocalError with what it says where it fails."""
        done = self.attempt(*arguments, **options)
        if done.returncode != 0:
            told = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
            raise LocalError(f"`podman {arguments[0]}` failed: {told[-1]}")
        return done.stdout.decode().strip()

    def attempt(self, *arguments, **options):
        """Its end: a subprocess.CompletedProcess."""
        return subprocess.run(
            ["podman", *map(str, arguments)],
            # Its monitor leaves a file where it runs, once something was killed for its memory.
            cwd=_WORK,
            env=self._environment,
            capture_output=True,
            check=False,
            **options,
        )
