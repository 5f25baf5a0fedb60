"""The files of the source tree, whatever git knows of them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".git", "build", "__pycache__"}


def files(*suffixes):
    """Paths relative to the root, sorted: all, or those with one of the suffixes."""
    found = []
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name in _NOT_OURS:
                continue
            if path.is_dir():
                folders.append(path)
            elif not suffixes or path.suffix in suffixes:
                found.append(path.relative_to(ROOT))
    return sorted(found)


def text(path):
    """The text of a file of the tree."""
    return (ROOT / path).read_text()
