"""Processes of pods are held as the restricted level of pod security asks: seen in the kernel, not
in what podman was told."""

from pathlib import Path

from deploy.local.cluster.addresses import USER
from deploy.local.processes import LocalError

_HELD = {
    "Uid": [str(USER)] * 4,
    "Gid": [str(USER)] * 4,
    "CapEff": ["0000000000000000"],
    "CapBnd": ["0000000000000000"],
    "NoNewPrivs": ["1"],
    "Seccomp": ["2"],  # a filter
}


def check(cluster):
    """The line that tells of it; LocalError where a process is not held."""
    for pod in cluster.pods():
        process = Path("/proc") / str(pod.pid())
        found = faults((process / "status").read_text(), (process / "mountinfo").read_text())
        if found:
            raise LocalError(f"{pod.name} is not held as its manifest says: {', '.join(found)}.")
    return "Every pod is held: nobody's user, no capability, a filter of calls, a root to read."


def faults(status, mounts):
    """What is not as it should be, by /proc/PID/status and /proc/PID/mountinfo."""
    lines = [line.partition(":") for line in status.splitlines()]
    told = {name: value.split() for name, _, value in lines}
    found = [f"{name} is {' '.join(told[name])}" for name in _HELD if told[name] != _HELD[name]]
    roots = [line.split() for line in mounts.splitlines() if line.split()[4] == "/"]
    if "ro" not in roots[-1][5].split(","):
        found.append("its root can be written")
    return found
