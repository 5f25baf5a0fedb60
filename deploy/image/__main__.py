"""Builds the image of what is committed, with its revision as tag: `./dev image`.

SCHARNIER_BASE names the base by digest, as in debian:12-slim@sha256:…. Without
it a Debian 12 made by debootstrap from the machine's own package sources stands in: good for trying
things out, and for nothing else.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.podman import Podman
from deploy.local.processes import LocalError
from deploy.local.stack import ROOT

_STAND_IN = "localhost/scharnier-base:stand-in"
_WORK = ROOT / "build/image"
_APT = Path("/etc/apt")


def main():
    """Exit code 1, and a line that says why, where it cannot be built."""
    try:
        print(build(Podman()))
    except LocalError as problem:
        sys.exit(f"dev: {problem}")


def build(podman):
    """Builds it unless it is there; its name."""
    revision = _output("git", "rev-parse", "HEAD")
    if _output("git", "status", "--porcelain"):
        print(f"What is not committed is not in the image: it is of {revision[:12]}.")
    name = f"localhost/scharnier:{revision}"
    if podman.attempt("image", "exists", name).returncode == 0:
        return name
    archive = subprocess.run(
        ["git", "archive", "--format=tar", "HEAD"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    context = _WORK / "context"
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", context], input=archive, check=True)
    log = _WORK / "build.log"
    done = podman.attempt(
        "build",
        f"--file={context}/deploy/image/Dockerfile",
        f"--build-arg=BASE={base(podman)}",
        f"--build-arg=REVISION={revision}",
        f"--tag={name}",
        context,
    )
    log.write_bytes(done.stdout + done.stderr)
    if done.returncode != 0:
        raise LocalError(f"the image cannot be built: {log} says why.")
    return name


def base(podman):
    """The image that others start from: the one asked for, or the stand-in."""
    base = os.environ.get("SCHARNIER_BASE")
    if base:
        if "@sha256:" not in base:
            raise LocalError(f"SCHARNIER_BASE has to name an image by digest, not {base}.")
        return base
    print("A base made by debootstrap stands in; SCHARNIER_BASE names the real one, by digest.")
    if podman.attempt("image", "exists", _STAND_IN).returncode != 0:
        _make_base(podman)
    return _STAND_IN


def _make_base(podman):
    # debootstrap takes no path with a blank, as that of a checkout may be.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        root = Path(folder, "root")
        options = ["--variant=minbase", "--include=ca-certificates"]
        command = ["debootstrap", *options, "bookworm", root, _mirror()]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            told = done.stdout.decode(errors="replace").strip().splitlines() or [""]
            raise LocalError(f"debootstrap failed: {told[-1]}")
        # Packages come from where the machine's do.
        for each in ("sources.list.d", "apt.conf.d"):
            shutil.rmtree(root / "etc/apt" / each)
            shutil.copytree(_APT / each, root / "etc/apt" / each)
        (root / "etc/apt/sources.list").write_text(_text(_APT / "sources.list"))
        shutil.rmtree(root / "var/cache/apt/archives")
        packed = subprocess.run(
            ["tar", "-C", root, "-c", "--exclude=./dev/*", "."], capture_output=True, check=True
        ).stdout
        podman.run("import", "-", _STAND_IN, input=packed)


def _mirror():
    """Where the machine's packages come from."""
    files = [_APT / "sources.list", *sorted((_APT / "sources.list.d").glob("*"))]
    found = re.search(r"^(?:URIs:|deb)\s.*?(https?://\S+)", "\n".join(map(_text, files)), re.M)
    if found is None:
        raise LocalError("apt has no source of packages to make a base image from.")
    return found[1]


def _text(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _output(*argv):
    return subprocess.run(
        argv, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
