"""Who a token names, and that none but the issuer's very own names anybody."""

import pytest

from tests.functional.forge import Forge
from tests.functional.refused import refused
from tests.functional.token_mutants import HEADERS, TOKENS, at_the_limit
from tests.programmes import pb

_TEXT = "the access token cannot be relied on"
_ADDRESS = "an.peeters@example.org"


@pytest.fixture(scope="module")
def staff(scene):
    return Forge(scene.stack.issuer)


@pytest.fixture(scope="module")
def somebody(scene):
    return Forge(scene.stack.issuer, f"person {_ADDRESS}")


def _methods(suite):
    """One of every service, with a request; of both kinds, for callers alone and for everybody."""
    return [
        (
            suite.organisations.ListOrganisations,
            pb.organisation_service.ListOrganisationsRequest(),
        ),
        (suite.ideas.ListIdeas, pb.idea_service.ListIdeasRequest()),
        (suite.sessions.ListSessions, pb.session_service.ListSessionsRequest()),
        (suite.messages.ListMessages, pb.message_service.ListMessagesRequest()),
    ]


def _call(method, request, values):
    method(request, metadata=[("authorization", value) for value in values], timeout=10)


def _assert_refused(scene, reason, values, text=None):
    for method, request in _methods(scene.suite):
        with refused(reason) as told:
            _call(method, request, values)
        assert not told.metadata and not told.fields
        assert text in (None, told.text)


def test_good_ones_are_accepted(scene, staff):
    near = at_the_limit(staff)
    assert len(near) > 4090
    soon = staff.token(claims={"iat": staff.now - 3000, "exp": staff.now + 590})
    clocks_differ = staff.token(claims={"iat": staff.now + 30, "nbf": staff.now + 30})
    for token in (staff.token(), near, soon, clocks_differ):
        for method, request in _methods(scene.suite):
            _call(method, request, ["Bearer " + token])


def test_there_are_many():
    assert len(TOKENS) + len(HEADERS) >= 60


@pytest.mark.parametrize("mutant", TOKENS)
def test_a_mutant_is_refused_as_all_are(scene, staff, mutant):
    _assert_refused(scene, "TOKEN_INVALID", ["Bearer " + TOKENS[mutant](staff)], _TEXT)


@pytest.mark.parametrize("mutant", HEADERS)
def test_a_header_with_anything_else_is_refused_as_a_mutant_is(scene, staff, mutant):
    _assert_refused(scene, "TOKEN_INVALID", HEADERS[mutant](staff), _TEXT)


# What differs from a person's good token: signed as it should be, but naming nobody.
_NOBODIES = {
    "no word on the address": {"email_verified": None},
    "an address that is not verified": {"email_verified": False},
    "verified in words": {"email_verified": "true"},
    "verified by a number": {"email_verified": 1},
    "no address": {"email": None},
    "an empty address": {"email": ""},
    "no address in it": {"email": "an.peeters"},
    "two addresses": {"email": "an.peeters@example.org,jan.maes@example.org"},
    "a line break": {"email": "an.peeters@example.org\r\nBcc: jan.maes@example.org"},
    "a quoted part": {"email": '"an peeters"@example.org'},
    "beyond ASCII": {"email": "añ@example.org"},
    "who acts has an address": {"act": {"sub": "jan.maes@example.org"}},
    "who acts has a path": {"act": {"sub": "../reporting"}},
    "a role that is none": {"roles": ["queen"], "email": None},
    "a role in capitals": {"roles": ["STAFF"], "email": None},
    "no roles": {"roles": [], "email": None},
    "the role of a service": {"roles": ["service"], "email": None},
}


@pytest.mark.parametrize("changes", _NOBODIES.values(), ids=_NOBODIES)
def test_a_person_is_their_verified_address(scene, somebody, changes):
    token = somebody.token(claims=changes)
    _assert_refused(scene, "NOT_IDENTIFIED", ["Bearer " + token])


_NO_STAFF = {
    "an address as the name": {"sub": "els.devos@example.org"},
    "a long name": {"sub": "d" * 65},
    "a team too": {"roles": ["team", "staff"]},
    "a team that runs the system": {"roles": ["operator", "team"]},
    "somebody who acts for them": {"act": {"sub": "reporting"}},
    "a team with an address": {"roles": ["team"], "sub": "team@example.org"},
    "somebody who acts for a team": {"roles": ["team"], "act": {"sub": "reporting"}},
}


@pytest.mark.parametrize("changes", _NO_STAFF.values(), ids=_NO_STAFF)
def test_staff_and_teams_have_a_name_and_one_kind_of_roles(scene, staff, changes):
    _assert_refused(scene, "NOT_IDENTIFIED", ["Bearer " + staff.token(claims=changes)])


def test_a_role_that_is_unknown_takes_nothing_away(scene, staff, somebody):
    own = pb.idea_service.ListIdeasRequest()
    _call(scene.suite.ideas.ListIdeas, own, ["Bearer " + somebody.token(claims={"roles": ["x"]})])
    both = staff.token(claims={"roles": ["queen", "staff"]})
    _call(scene.suite.ideas.ListIdeas, own, ["Bearer " + both])
