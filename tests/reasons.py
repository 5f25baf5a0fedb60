"""The reasons of errors: those that the protos promise, and those that tests have raised."""

import re

from deploy.local.stack import ROOT

_PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)
_VALUE = re.compile(r"^  (ERROR_REASON_\w+) = [1-9]", re.MULTILINE)


def promised():
    """Full names of all: {"scharnier.events.v1.ERROR_REASON_SESSION_FULL", …}."""
    names = set()
    for path in (ROOT / "proto").rglob("error_reason.proto"):
        text = path.read_text()
        package = _PACKAGE.search(text)[1]
        names.update(f"{package}.{value}" for value in _VALUE.findall(text))
    return names


def seen(path):
    """What tests have appended to the file, a line each."""
    return set(path.read_text().split()) if path.exists() else set()
