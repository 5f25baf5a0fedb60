"""Page tokens, sizes, field masks, request ids and etags, wherever the API has them."""

import copy
import uuid

import grpc
import pytest

from tests.functional.everything import Everything
from tests.functional.forge import Forge
from tests.functional.refused import refusal_of, refused
from tests.functional.rpcs import RPCS, a_request, rules_of, set_field, title_of, updated
from tests.functional.token_mutants import TOKENS
from tests.programmes import pb, refusal
from tests.programmes.suite import call, person

_PAGED = [rpc for rpc in RPCS.values() if "page_token" in rpc.fields]
_SIZED = [rpc for rpc in RPCS.values() if "page_size" in rpc.fields]
_UPDATES = [rpc for rpc in RPCS.values() if "update_mask" in rpc.fields]
_MUTATIONS = [rpc for rpc in RPCS.values() if rpc.mutates]
_LARGEST = 2**31 - 1


def _each(rpcs):
    return pytest.mark.parametrize("rpc", rpcs, ids=[rpc.short for rpc in rpcs])


@pytest.fixture(scope="module")
def everything(scene):
    """One of everything, twice, so that lists have two pages."""
    Everything(scene, 7201)
    made = Everything(scene, 7203)
    made.wait_for_a_message()
    return made


def _existing(rpc, everything):
    """A good request about what there is."""
    request = a_request(rpc)
    for field in rpc.fields.values():
        pattern = rules_of(field).resource
        if pattern and field.label != field.LABEL_REPEATED:
            setattr(request, field.name, everything.names[pattern])
    if rpc.name == "ListMandates":
        request.parent = everything.organisation.name
    if rpc in _UPDATES:
        name, etag = updated(rpc)
        resource = everything.resources[rules_of(name[-1]).resource]
        set_field(request, name, resource.name)
        set_field(request, etag, resource.etag)
    return request


def _caller(rpc, everything):
    """Who may do it to what there is."""
    about_proposals = rpc.method.containing_service.name == "ProposalService"
    return everything.signatory if about_proposals and rpc.mutates else rpc.caller


def _call(rpc, scene, everything, request):
    return rpc.call(rpc.suite(scene), request, _caller(rpc, everything))


# Pages.


def _token_of(rpc, scene, everything):
    """A token of this very list; empty where it has one page."""
    request = _existing(rpc, everything)
    request.page_size = 1
    return _call(rpc, scene, everything, request).next_page_token


def _flipped(token):
    """With one letter changed, at a few places."""
    for place in range(0, len(token) - 1, max(1, len(token) // 12)):
        before, letter, after = token[:place], token[place], token[place:][1:]
        yield before + ("B" if letter == "A" else "A") + after


@_each(_PAGED)
def test_a_page_token_is_the_lists_own(scene, everything, rpc):
    others = RPCS["/scharnier.events.v1.SeriesService/ListSeries"]
    if rpc is others:
        others = RPCS["/scharnier.events.v1.SessionService/ListSessions"]
    of_another = _token_of(others, scene, everything)
    own = _token_of(rpc, scene, everything)
    bad = [of_another, "AAAA", "A" * 64, "djE", of_another + "AAAA", of_another[:-4]]
    bad += [*_flipped(own), own + "AAAA", own[:-8]] if own else []
    for token in bad:
        request = _existing(rpc, everything)
        request.page_token = token
        with refused("PAGE_TOKEN_INVALID", field="page_token"):
            _call(rpc, scene, everything, request)


@_each(_PAGED)
@pytest.mark.parametrize(
    "token", [" ", "a b", "é", "AA==", "A+/A", "A\0A", "A" * 2049, "A" * 500_000, "' OR '1'='1"]
)
def test_a_page_token_has_a_form(scene, everything, rpc, token):
    request = _existing(rpc, everything)
    request.page_token = token
    with refused("FIELD_INVALID", field="page_token"):
        _call(rpc, scene, everything, request)


def test_a_page_token_is_its_callers(scene, everything):
    """Of another caller, of another parent, of another size and order of filter."""
    listing = scene.suite.sessions.ListSessions
    token = call(
        listing, pb.session_service.ListSessionsRequest(page_size=1), person("a@example.org")
    ).next_page_token
    for caller in (person("b@example.org"), "staff devos", None):
        request = pb.session_service.ListSessionsRequest(page_size=1, page_token=token)
        with refused("PAGE_TOKEN_INVALID", field="page_token"):
            call(listing, request, caller)


@_each(_SIZED)
def test_sizes_are_cut_and_negative_ones_refused(scene, everything, rpc):
    for size in (0, 1, 1001, 1_000_000, _LARGEST):
        request = _existing(rpc, everything)
        request.page_size = size
        assert _call(rpc, scene, everything, request) is not None
    for size in (-1, -_LARGEST - 1):
        request = _existing(rpc, everything)
        request.page_size = size
        with refused("FIELD_INVALID", field="page_size"):
            _call(rpc, scene, everything, request)


# Masks.

_MASKS = {
    "an unknown path": ["kleur"],
    "an empty path": [""],
    "a path below": ["title.nl"],
    "a path with the resource": ["session.title"],
    "camel case": ["createTime"],
    "capitals": ["TITLE"],
    "a number": ["2"],
    "made by the service": ["state"],
    "its time": ["update_time"],
    "two in one": ["title,goal"],
    "all and more": ["*", "title"],
    "all twice": ["*", "*"],
    "all below": ["title.*"],
    "a blank": [" "],
    "NUL": ["\0"],
    "up and down": ["../title"],
    "a good one and a bad one": ["etag", "kleur"],
    "a path of 100 kB": ["a" * 100_000],
    "10,000 unknown ones": [f"veld_{number}" for number in range(10_000)],
}


@_each(_UPDATES)
@pytest.mark.parametrize("mask", _MASKS)
def test_a_mask_names_what_can_be_written(scene, everything, rpc, mask):
    request = _existing(rpc, everything)
    request.update_mask.paths.extend(_MASKS[mask])
    with refused("FIELD_MASK_INVALID", field="update_mask"):
        _call(rpc, scene, everything, request)


@_each(_UPDATES)
@pytest.mark.parametrize("times", [2, 10_000])
def test_a_mask_names_nothing_twice(scene, everything, rpc, times):
    request = _existing(rpc, everything)
    request.update_mask.paths.extend([title_of(updated(rpc)[0][0].message_type).name] * times)
    with refused("FIELD_MASK_INVALID", field="update_mask"):
        _call(rpc, scene, everything, request)


# Request ids.

_NO_IDS = {
    "nil": "00000000-0000-0000-0000-000000000000",
    "a number": "7",
    "capitals": "01890000-0000-7000-8000-00000000000A",
    "braces": "{" + str(uuid.uuid4()) + "}",
    "no hyphens": uuid.uuid4().hex,
    "urn": uuid.uuid4().urn,
    "a blank after": str(uuid.uuid4()) + " ",
    "NUL": str(uuid.uuid4())[:-1] + "\0",
    "SQL": "' OR '1'='1",
    "100 kB": "a" * 100_000,
}


@_each(_MUTATIONS)
def test_every_mutation_has_an_id_of_its_request(scene, everything, rpc):
    for missing in ("", " "):
        request = _existing(rpc, everything)
        request.request_id = missing
        with refused("FIELD_MISSING", field="request_id"):
            _call(rpc, scene, everything, request)
    for bad in _NO_IDS.values():
        request = _existing(rpc, everything)
        request.request_id = bad
        with refused("FIELD_INVALID", field="request_id"):
            _call(rpc, scene, everything, request)


@pytest.fixture(scope="module")
def done(scene):
    """The last mutation of each method, by its path."""
    made = Everything(scene, 7205)
    made.change_and_end()
    return {each.path: each for each in made.done}


def test_every_mutation_was_made(done):
    assert done.keys() == {rpc.path for rpc in _MUTATIONS}


@_each(_MUTATIONS)
def test_a_request_id_is_of_one_request(scene, done, rpc):
    made = done[rpc.path]
    again = rpc.call(scene.suite, made.request, made.caller)
    assert again.DESCRIPTOR == made.answer.DESCRIPTOR
    if "name" in again.DESCRIPTOR.fields_by_name:
        assert again.name == made.answer.name
    other = _changed(rpc, made.request)
    with refused("REQUEST_ID_REUSED", field="request_id"):
        rpc.call(scene.suite, other, made.caller)


def _changed(rpc, request):
    """The same id with something else, as good as it was."""
    other = copy.deepcopy(request)
    required = [each for each in rpc.fields.values() if rules_of(each).required]
    content = next((each for each in required if each.message_type), required[0])
    if "etag" in rpc.fields:
        other.etag += "A"
        return other
    if content.message_type:
        inner = getattr(other, content.name)
        title = title_of(inner.DESCRIPTOR)
        if title.message_type:
            text = getattr(inner, title.name)
            setattr(text, text.DESCRIPTOR.fields[0].name, "Iets anders")
        elif title.enum_type:
            setattr(inner, title.name, pb.region.REGION_ANT)
        else:
            setattr(inner, title.name, "Iets anders")
    else:
        parent, _, _ = getattr(other, content.name).rpartition("/")
        setattr(other, content.name, f"{parent}/{uuid.uuid4()}")
    return other


@_each(_MUTATIONS)
def test_another_callers_request_id_is_their_own(scene, done, rpc):
    """Who is somebody else is told what they would be told with an id that is new."""
    made = done[rpc.path]
    kind = made.caller.split()[0]
    stranger = person("jan.maes@example.org") if kind == "person" else f"{kind} janssens"
    try:
        answer = rpc.call(scene.suite, made.request, stranger)
    except grpc.RpcError as error:
        told = refusal.read(error)
        new = copy.deepcopy(made.request)
        new.request_id = str(uuid.uuid4())
        due = refusal_of(rpc.call, scene.suite, new, stranger)
        assert (told.reason, told.text) == (due.reason, due.text)
        assert told.reason != "REQUEST_ID_REUSED"
    else:  # staff may make as many as they like
        assert answer != made.answer


# Etags.

_ETAGS = {
    "absent": ("", "FIELD_MISSING"),
    "blank": (" ", "FIELD_MISSING"),
    "quoted": ('"djE"', "FIELD_INVALID"),
    "any": ("*", "FIELD_INVALID"),
    "weak": ("W/djE", "FIELD_INVALID"),
    "padded": ("djE=", "FIELD_INVALID"),
    "10 kB": ("A" * 10_240, "FIELD_INVALID"),
    "NUL": ("djE\0", "FIELD_INVALID"),
    "no version": ("AAAA", "ETAG_STALE"),
    "half of one": ("dg", "ETAG_STALE"),
    "a negative version": ("di0x", "ETAG_STALE"),
    "a version to come": ("djk5OTk5OTk", "ETAG_STALE"),
    "a version beyond numbers": ("djk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "ETAG_STALE"),
    "version zero": ("djA", "ETAG_STALE"),
}
# A proposal is changed field by field: by who has seen the field's last version.
_OF_PROPOSALS = {
    "no version": "FIELD_INVALID",
    "half of one": "FIELD_INVALID",
    "a negative version": "EDIT_CONFLICT",
    "a version to come": "FIELD_INVALID",
    "a version beyond numbers": "FIELD_INVALID",
    "version zero": "EDIT_CONFLICT",
}
_WITH_ETAG = [*_UPDATES, *(rpc for rpc in RPCS.values() if "etag" in rpc.fields)]


@_each(_WITH_ETAG)
@pytest.mark.parametrize("etag", _ETAGS)
def test_an_etag_is_that_of_the_resource(scene, everything, rpc, etag):
    value, reason = _ETAGS[etag]
    if rpc.name == "UpdateProposal":
        reason = _OF_PROPOSALS.get(etag, reason)
    request = _existing(rpc, everything)
    path = (rpc.fields.get("etag"),)
    if rpc in _UPDATES:
        path = updated(rpc)[1]
        request.update_mask.paths.append(title_of(path[0].message_type).name)
    set_field(request, path, value)
    named = "proposal.title" if reason == "EDIT_CONFLICT" else ".".join(f.name for f in path)
    with refused(reason, field=named):
        _call(rpc, scene, everything, request)


# Tokens: of every method, by a few of the mutants.

_FEW = ("alg: none", "signature: zeros", "claim: expired", "form: two parts", "key: own jwk")


@pytest.mark.parametrize("mutant", _FEW)
def test_no_method_takes_a_mutant(scene, mutant):
    forge = Forge(scene.stack.issuer)
    for rpc in RPCS.values():
        token = TOKENS[mutant](forge)
        with refused("TOKEN_INVALID"):
            rpc.call(
                scene.suite,
                a_request(rpc),
                caller=None,
                metadata=[("authorization", f"Bearer {token}")],
            )
