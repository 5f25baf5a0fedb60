"""What a change of manifests amounts to: each overlay as it was at a revision, and as it is now.

    ./dev diff           # since the last commit
    ./dev diff main~3
"""

import argparse
import difflib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from deploy.tests import rendering


def between(before, after):
    """The lines of a diff of all overlays of two folders of manifests."""
    names = {path.name for folder in (before, after) for path in (folder / "overlays").iterdir()}
    for name in sorted(names):
        sides = [_rendered(folder / "overlays" / name) for folder in (before, after)]
        yield from difflib.unified_diff(*sides, f"before/{name}", f"after/{name}")


def _rendered(overlay):
    return rendering.text(overlay).splitlines(keepends=True) if overlay.exists() else []


def main():
    """Exit code 1 where there is no such revision, or something does not render."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision", nargs="?", default="HEAD")
    revision = parser.parse_args().revision
    archive = subprocess.run(
        ["git", "archive", revision, "deploy"], cwd=rendering.ROOT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        sys.exit(f"diff: {archive.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as manifests:
            manifests.extractall(folder)
        try:
            sys.stdout.writelines(
                between(Path(folder, "deploy/kubernetes"), rendering.KUBERNETES)
            )
        except rendering.RenderError as problem:
            sys.exit(f"diff: {problem}")


if __name__ == "__main__":
    main()
