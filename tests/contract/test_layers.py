"""Who may include what. CMake links the layers in order; includes could still cheat."""

import re

import pytest

from tests.contract.tree import files, text

_INCLUDE = re.compile(r'^#include ["<]([^">]+)[">]', re.MULTILINE)
_ROOM = re.compile(r"^scharnier_(?:room|library)\((?:scharnier_)?(\w+)([^)]*)\)", re.MULTILINE)


def _rooms():
    """room -> the rooms that it may include: by common/CMakeLists.txt, and theirs in turn."""
    direct = {}
    for name, arguments in _ROOM.findall(text("common/CMakeLists.txt")):
        direct[name] = set(re.findall(r"scharnier_(\w+)", arguments)) - {"proto"}
    seen = {}
    for name in direct:
        reachable, waiting = {name}, list(direct[name])
        while waiting:
            room = waiting.pop()
            if room not in reachable:
                reachable.add(room)
                waiting += direct[room]
        seen[name] = reachable
    return seen


ROOMS = _rooms()
SOURCES = [path for path in files(".cc", ".h") if path.parts[0] in ("common", "services", "cli")]


def _includes(path):
    return _INCLUDE.findall(text(path))


def _is_test(path):
    return "test" in path.stem.split("_")


def _may_see(path):
    """Prefixes of our own files that a file may include."""
    if path.parts[0] == "common":
        rooms = ROOMS.get(path.parts[1], set())
        if _is_test(path):
            rooms = rooms | ROOMS["testing"]
        return [f"common/{room}/" for room in rooms] + ["common/cmake/"]
    service = "/".join(path.parts[:2])
    layer = path.parts[2] if len(path.parts) > 3 else "service"
    own, rooms = {
        "rules": ([f"{service}/rules/"], ROOMS["types"] | ROOMS["errors"]),
        "store": (
            [f"{service}/store/", f"{service}/rules/", f"{service}/sql/"],
            ROOMS["db"] | ROOMS["types"],
        ),
    }.get(layer, ([f"{service}/"], ROOMS["host"] | ROOMS["directory"]))
    if _is_test(path):
        rooms = rooms | ROOMS["testing"]
        own = [f"{service}/"]
    return own + [f"common/{room}/" for room in rooms] + ["common/runtime/context.h"]


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 20
    assert {"runtime", "errors", "db", "rpc", "changes", "testing"} <= set(ROOMS)


def test_rooms_know_no_room_above_them():
    assert ROOMS["runtime"] == {"runtime"}
    assert ROOMS["errors"] == {"errors"}
    assert ROOMS["identity"] == {"identity", "errors", "runtime", "types"}
    assert "rpc" not in ROOMS["db"]
    assert "db" not in ROOMS["rpc"]


def test_includes_only_what_lies_below():
    strangers = []
    for path in SOURCES:
        allowed = tuple(_may_see(path))
        strangers += [
            f"{path} includes {include}"
            for include in _includes(path)
            if include.startswith(("common/", "services/")) and not include.startswith(allowed)
        ]
    assert strangers == []


@pytest.mark.parametrize(
    "library, rooms",
    [
        ("grpc", {"common/rpc", "common/changes", "common/testing"}),
        ("cjose", {"common/identity"}),
        ("jansson", {"common/identity"}),
        ("pqxx", {"common/db", "common/testing"}),
        ("prometheus", {"common/runtime"}),
        ("spdlog", {"common/runtime"}),
    ],
)
def test_a_library_stays_in_its_room(library, rooms):
    strangers = [
        str(path)
        for path in SOURCES
        if not str(path.parent).startswith(tuple(rooms))
        and any(include.startswith(library) for include in _includes(path))
    ]
    assert strangers == []


def test_no_generated_stubs_in_cpp():
    assert [
        str(path)
        for path in files(".cc", ".h")
        if any(include.endswith(".grpc.pb.h") for include in _includes(path))
    ] == []
