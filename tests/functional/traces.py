"""What must never stand in a log: addresses, names and tokens of the tests' own."""

import re

from tests.programmes import facts

_INVENTED = facts.read("people")
_GIVEN, _FAMILY = (
    "|".join(map(re.escape, _INVENTED[each])) for each in ("given_names", "family_names")
)
_KINDS = {
    "an address": re.compile(rb"@example\.org|%40example\.org"),
    "a token": re.compile(rb"eyJ[\w-]{8,}\.eyJ"),
    "a name": re.compile(f"An Peeters|Iemand \\d|({_GIVEN}) ({_FAMILY})".encode()),
    "a canary": re.compile(rb"kanarie", re.IGNORECASE),
}


def traces(content):
    """What is in these bytes, as a kind and a line each; at most one of a kind."""
    for kind, pattern in _KINDS.items():
        found = pattern.search(content)
        if found:
            begin = content.rfind(b"\n", 0, found.start()) + 1
            line = content[begin:].split(b"\n", 1)[0]
            yield kind, line.decode(errors="replace")


def traces_in_logs(folder):
    """The same of every log below a folder."""
    for path in sorted(folder.rglob("*.log")):
        if path.is_file():
            for kind, line in traces(path.read_bytes()):
                yield f"{path} holds {kind}: {line}"
