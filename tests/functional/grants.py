"""What the migrations grant to the roles of a service, read from their text."""

import re
from pathlib import Path

from deploy.local.stack import ROOT

_MIGRATIONS = [
    *ROOT.glob("common/*/migrations/*.sql"),
    ROOT / "common" / "db" / "migrate.cc",  # makes the table of migrations
]
_GRANT = re.compile(
    r"^\s*GRANT (?P<rights>[^;]+?)\s+ON (?P<kind>SCHEMA|SEQUENCE|FUNCTION)?\s*"
    r"(?P<objects>[^;]+?)\s+TO (?P<roles>[^;]+);",
    re.MULTILINE,
)
_RIGHT = re.compile(r"([A-Z]+)(?:\s*\(([^)]*)\))?")


def granted(service, role):
    """The rights of `role` ("role" or "audit_role") by kind of object: {(object, right, column)},
    where column is None for a right on all of an object."""
    found = {None: set(), "SCHEMA": set(), "SEQUENCE": set(), "FUNCTION": set()}
    for path in [*_MIGRATIONS, *(ROOT / "services" / service / "migrations").glob("*.sql")]:
        for grant in _GRANT.finditer(_without_comments(path)):
            if "{{" + role + "}}" not in grant["roles"]:
                continue
            for name in re.split(r",\s*", grant["objects"]):
                for right, columns in _RIGHT.findall(grant["rights"]):
                    for column in re.split(r",\s*", columns) if columns else [None]:
                        found[grant["kind"]].add((name, right, column))
    return found


def _without_comments(path: Path):
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
