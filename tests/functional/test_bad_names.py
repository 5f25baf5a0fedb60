"""Names in every field of every request that holds one: malformed, of another type, of nobody, or
of what is somebody else's."""

import uuid

import grpc
import pytest

from tests.functional.everything import Everything
from tests.functional.rpcs import (
    ROLE,
    RPCS,
    a_name,
    a_request,
    path_text,
    resource_fields,
    rules_of,
    set_field,
)
from tests.functional.refused import refusal_of, refused

_NIL = "00000000-0000-0000-0000-000000000000"


def _with_ids(pattern, identifier):
    return pattern.replace("*", identifier)


def _other(pattern):
    """A good name of another type."""
    return a_name("messages/*" if not pattern.startswith("messages/") else "sessions/*")


# What becomes of a pattern: none of it is a name of the type.
_MALFORMED = {
    "no id": lambda p: _with_ids(p, ""),
    "an id that is none": lambda p: _with_ids(p, "7"),
    "a wildcard": lambda p: _with_ids(p, "-"),
    "the pattern": lambda p: p,
    "nil": lambda p: _with_ids(p, _NIL),
    "capitals": lambda p: _with_ids(p, str(uuid.uuid4()).upper().replace("4", "A")),
    "braces": lambda p: _with_ids(p, "{" + str(uuid.uuid4()) + "}"),
    "no hyphens": lambda p: _with_ids(p, uuid.uuid4().hex),
    "an id alone": lambda p: str(uuid.uuid4()),
    "another type": _other,
    "a slash first": lambda p: "/" + a_name(p),
    "a slash last": lambda p: a_name(p) + "/",
    "two slashes": lambda p: a_name(p).replace("/", "//", 1),
    "something after": lambda p: a_name(p) + "/sessions/" + str(uuid.uuid4()),
    "the host too": lambda p: "//scharnier.example.org/" + a_name(p),
    "a blank last": lambda p: a_name(p) + " ",
    "a line break last": lambda p: a_name(p) + "\n",
    "NUL last": lambda p: a_name(p) + "\0",
    "up and down": lambda p: "sessions/../" + a_name(p),
    "percent-encoded": lambda p: a_name(p).replace("/", "%2F"),
    "SQL": lambda p: _with_ids(p, "' OR '1'='1"),
    "letters of full width": lambda p: _with_ids(p, str(uuid.uuid4()).replace("-", "\uff0d")),
    "100 kB": lambda p: _with_ids(p, "a" * 100_000),
}
_FIELDS = {
    f"{rpc.short}: {path_text(path)}": (rpc, path)
    for rpc in RPCS.values()
    for path in resource_fields(rpc.method.input_type)
}


def test_there_are_many():
    assert len(_FIELDS) > 50


# Their rows are refused one by one, in the answer.
_OF_ROWS = {each for each in _FIELDS if "ImportOrganisations" in each}
# Names that are made by the service when the resource is made; what is given instead is nothing.
_MADE_ANEW = {
    "organisations.OrganisationService.CreateOrganisation: organisation.establishments[0].name",
    "proposals.CallService.CreateCall: call.tracks[0].name",
}


def _requests(field):
    """A request for each name that is none, good but for it, with the name."""
    rpc, path = _FIELDS[field]
    for make in _MALFORMED.values():
        name = make(rules_of(path[-1]).resource)
        request = a_request(rpc)
        set_field(request, path, name)
        yield name, request


@pytest.mark.parametrize("field", sorted(_FIELDS.keys() - _OF_ROWS))
def test_what_is_no_name_is_refused(scene, field):
    rpc, path = _FIELDS[field]
    for name, request in _requests(field):
        with refused("NAME_INVALID", field=path_text(path)) as told:
            rpc.call(rpc.suite(scene), request, rpc.caller)
        assert told.fields == (path_text(path),)
        assert name not in told.text


@pytest.mark.parametrize("field", _OF_ROWS)
def test_what_is_no_name_is_refused_with_its_row(scene, field):
    rpc, _ = _FIELDS[field]
    for _, request in _requests(field):
        answer = rpc.call(rpc.suite(scene), request, rpc.caller)
        assert [each.reason for each in answer.errors] == ["NAME_INVALID"]


@pytest.mark.parametrize("field", sorted(_FIELDS.keys() - _OF_ROWS))
def test_who_is_not_there_is_not_found(scene, field):
    rpc, path = _FIELDS[field]
    request = a_request(rpc)
    set_field(request, path, a_name(rules_of(path[-1]).resource))
    seen = refusal_of(rpc.call, rpc.suite(scene), request, rpc.caller)
    if field in _MADE_ANEW:
        assert seen is None
    else:
        assert (seen.reason, seen.code) == ("RESOURCE_NOT_FOUND", grpc.StatusCode.NOT_FOUND)


# What only those see whom it concerns.
_PRIVATE = {
    "sessions/*/registrations/*",
    "organisations/*/mandates/*",
    "ideas/*",
    "proposals/*",
    "proposals/*/invitations/*",
    "proposals/*/receipts/#",
}
_OF_OTHERS = [
    field
    for field, (rpc, path) in _FIELDS.items()
    if rules_of(path[-1]).resource in _PRIVATE
    and path[-1].name in ("name", "parent")
    and ROLE.ROLE_PERSON in rpc.policy.allow
]


@pytest.fixture(scope="module")
def everything(scene):
    made = Everything(scene, 7001)
    made.wait_for_a_message()
    return made


def test_everything_is_there():
    assert {rules_of(_FIELDS[field][1][-1]).resource for field in _OF_OTHERS} == _PRIVATE


@pytest.mark.parametrize("field", _OF_OTHERS)
@pytest.mark.parametrize(
    "caller", ["person jan.maes@example.org", "person jan.maes@example.org via portaal"]
)
def test_what_is_somebody_elses_is_not_there(scene, everything, field, caller):
    rpc, path = _FIELDS[field]
    request = a_request(rpc)
    set_field(request, path, everything.names[rules_of(path[-1]).resource])
    if "via" in caller and not rpc.policy.on_behalf:
        with refused("ROLE_NOT_ALLOWED"):
            rpc.call(scene.suite, request, caller)
        return
    with refused("RESOURCE_NOT_FOUND") as of_others:
        rpc.call(scene.suite, request, caller)
    set_field(request, path, a_name(rules_of(path[-1]).resource))
    with refused("RESOURCE_NOT_FOUND") as of_nobody:
        rpc.call(scene.suite, request, caller)
    assert of_others.text == of_nobody.text
    assert of_others.metadata.keys() == of_nobody.metadata.keys()
