"""What the build refuses of the policy matrix (tests/policy/check.py)."""

import pytest

from tests.policy.table import ROLES, Policy, Table

_GET = "scharnier.things.v1.ThingService.GetThing"
_GOOD = """
package: scharnier.things.v1
kinds:
  thing:
    withheld: [answers]
    relations:
      own: An has made it
      absent: none has the name
methods:
  ThingService.GetThing:
    of: thing
    PERSON: {own: OK, absent: ABSENT}
    STAFF SERVICE_LISTED: {own: OK-answers, absent: ABSENT}
    ANONYMOUS SERVICE_OTHER: NOT_IDENTIFIED
    REGISTER_OFFICER OPERATOR TEAMS TOKENS: ROLE_NOT_ALLOWED
"""
_POLICY = Policy(frozenset({"PERSON", "STAFF", "SERVICE"}), ("events",), False)
_REASONS = {"NOT_IDENTIFIED", "ROLE_NOT_ALLOWED", "NOT_GRANTED", "THING_STATE"}


def _problems(tmp_path, text=_GOOD, policies=None):
    file = tmp_path / "things.yaml"
    file.write_text(text)
    found = {_GET: _POLICY} if policies is None else policies
    return Table([file]).check(found, _REASONS, ["events"])


def test_what_fits_is_let_through(tmp_path):
    assert _problems(tmp_path) == []


@pytest.mark.parametrize(
    "before, after, problem",
    [
        ("PERSON: {own: OK, absent", "PERSON: {absent", "PERSON: look at own"),
        ("PERSON: {own: OK,", "PERSON: {own: OK, other: OK,", "PERSON: look at other"),
        ("PERSON: {own: OK,", "PERSON: {own: ,", "own: None is no outcome"),
        ("PERSON: {own: OK,", "PERSON: {own: FINE,", "own: FINE is no outcome"),
        ("own: OK-answers", "own: OK-contact", "is without what nobody withholds"),
        ("    PERSON: {own: OK, absent: ABSENT}\n", "", "PERSON has no row"),
        ("OPERATOR TEAMS", "OPERATOR STAFF TEAMS", "STAFF is no role, or stands there twice"),
        ("OPERATOR TEAMS", "OPERATOR ANYBODY TEAMS", "ANYBODY is no role"),
        ("OPERATOR TEAMS", "TEAMS", "OPERATOR has no row"),
        ("STAFF SERVICE_LISTED: {own: OK-answers", "STAFF SERVICE_LISTED: {own: ABSENT", "comes"),
        ("TOKENS: ROLE_NOT_ALLOWED", "TOKENS: {own: OK, absent: ABSENT}", "the policy says ROLE"),
        ("PERSON: {own: OK", "PERSON: {own: ROLE_NOT_ALLOWED", "where the policy lets it in"),
        ("OTHER: NOT_IDENTIFIED", "OTHER: ABSENT", "the policy says NOT_IDENTIFIED"),
        ("of: thing", "of: series", "is no kind"),
        ("GetThing:", "GetThings:", "GetThings: is no method"),
        ("GetThing:", "GetThings:", "GetThing: has no rows"),
    ],
)
def test_what_does_not_is_told(tmp_path, before, after, problem):
    assert before in _GOOD
    found = _problems(tmp_path, _GOOD.replace(before, after, 1))
    assert any(problem in each for each in found), found


@pytest.mark.parametrize(
    "policy, problem",
    [
        (Policy(frozenset({"STAFF", "SERVICE"}), ("events",), False), "PERSON, own: OK, where"),
        (Policy(frozenset({"PERSON", "STAFF"}), (), False), "LISTED: the policy lists none"),
        (Policy(frozenset({"ANONYMOUS"}), (), False), "IDENTIFIED, where the policy lets it in"),
        (Policy(_POLICY.allow, _POLICY.services, True), "TEAM_FOR_PERSON, own: ROLE_NOT_ALLOWED,"),
        (Policy(_POLICY.allow | {"TEAM"}, ("events",), False), "TEAM_UNGRANTED, own: ROLE_NOT"),
    ],
)
def test_a_policy_that_changes_is_told(tmp_path, policy, problem):
    found = _problems(tmp_path, policies={_GET: policy})
    assert any(problem in each for each in found), found


def test_every_role_is_asked_for(tmp_path):
    nobody = _GOOD[: _GOOD.index("    PERSON:")]
    found = _problems(tmp_path, nobody)
    assert found == [f"{_GET}: {role} has no row" for role in ROLES]
