"""What a change of manifests amounts to: each overlay as it was at a revision, and as it is now.

    ./dev diff           # since the last commit
    ./dev diff main~3
"""

import argparse
import difflib
import io
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from deploy.tests import rendering


def of(overlay, before, after):
    """The lines of a diff of an overlay of two folders of manifests."""
    sides = [_rendered(folder / "overlays" / overlay) for folder in (before, after)]
    return difflib.unified_diff(*sides, f"before/{overlay}", f"after/{overlay}")


def _rendered(overlay):
    return rendering.text(overlay).splitlines(keepends=True) if overlay.exists() else []


def main():
    """Exit code 1 where there is no such revision, or something does not render."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision", nargs="?", default="HEAD")
    revision = parser.parse_args().revision
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads no further, as head, is no trouble
    archive = subprocess.run(
        ["git", "archive", revision, "deploy"], cwd=rendering.ROOT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        sys.exit(f"diff: {archive.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as manifests:
            manifests.extractall(folder)
        try:
            before = Path(folder, "deploy/kubernetes")
            for overlay in sorted({*rendering.OVERLAYS, *os.listdir(before / "overlays")}):
                sys.stdout.writelines(of(overlay, before, rendering.KUBERNETES))
        except rendering.RenderError as problem:
            sys.exit(f"diff: {problem}")


if __name__ == "__main__":
    main()
