"""The order of the house: what a newcomer relies on when looking for something."""

import re

import pytest

from tests.contract.tree import ROOT, files, text

_LONGEST_FILE = 500
_LONGEST_MAIN = 40
_ROOMS_OF_A_SERVICE = {"rules", "store", "sql", "migrations"}
_ROOMS_OF_SOME = {"templates"}
_TEXT = {".cc", ".h", ".py", ".sql", ".proto", ".cmake", ".md", ".txt", ".yaml", ".json", ""}
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/main.cc"))
OURS = [path for path in files() if path.suffix in _TEXT and path.name != "test_house.py"]


def _offenders(pattern, paths):
    """Lines that match, as "file:line: text"."""
    found = []
    for path in paths:
        for number, line in enumerate(text(path).splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path}:{number}: {line.strip()}")
    return found


def test_stands_alone():
    assert _offenders(r"\.\./shared|(^|[\s\"'(=])/(work|root|home)/", OURS) == []
    assert _offenders(r"registry\.npmjs|pypi\.org|deb\.debian\.org|proxy\.golang", OURS) == []


def test_every_folder_is_on_the_map():
    mapped = re.findall(r"^(\S+/) ", text("README.md"), re.MULTILINE)
    folders = {"/".join(path.parts[:2]) + "/" for path in files() if len(path.parts) > 2}
    folders |= {
        f"{path.parts[0]}/"
        for path in files()
        if len(path.parts) == 2
        and not any(folder.startswith(f"{path.parts[0]}/") for folder in folders)
    }
    assert sorted(folders - set(mapped)) == []
    assert sorted(set(mapped) - folders) == []


@pytest.mark.parametrize("service", SERVICES)
def test_services_have_the_same_rooms(service):
    rooms = {path.name for path in (ROOT / "services" / service).iterdir() if path.is_dir()}
    assert rooms - _ROOMS_OF_SOME == _ROOMS_OF_A_SERVICE


@pytest.mark.parametrize("service", SERVICES)
def test_main_is_wiring_only(service):
    assert len(text(f"services/{service}/main.cc").splitlines()) <= _LONGEST_MAIN


def test_no_file_is_too_long():
    code = files(".cc", ".h", ".py", ".sql", ".proto", ".cmake")
    assert [str(path) for path in code if len(text(path).splitlines()) > _LONGEST_FILE] == []


def test_headers_say_what_they_are():
    headers = [path for path in files(".h") if path.parts[:2] != ("common", "cmake")]
    assert [
        str(path) for path in headers if not text(path).startswith(f"// File: {path.name}\n// ")
    ] == []


def test_nothing_is_left_for_later():
    assert _offenders(r"\b(TODO|FIXME|XXX|HACK)\b", OURS) == []
    assert [str(path) for path in files() if path.name == "room.cc"] == []


def test_organisation_is_british():
    assert _offenders(r"(?i)organiza", OURS) == []


def test_people_live_at_example_org():
    addresses = r"[\w.+-]+@(?!([\w-]+\.)*example\.org\b)[a-z][\w-]*\.[a-z]{2,}\b"
    # Those that test what an address is belong to nobody.
    told = [path for path in OURS if path.name != "email_test.cc"]
    assert _offenders(addresses, told) == []


def test_every_reason_has_an_example():
    reason = re.compile(r"((?:  //.*\n)*)  (ERROR_REASON_\w+) = [1-9]")
    without = [
        name
        for path in files(".proto")
        if path.name == "error_reason.proto"
        for comment, name in reason.findall(text(path))
        if "// Example: {" not in comment
    ]
    assert without == []
