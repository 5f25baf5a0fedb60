"""Every mutant is caught, by whom it is meant for; and every rule has something to catch."""

import pytest

from deploy.tests import rendering, rules, types
from deploy.tests.mutant import TYPES
from deploy.tests.mutants import MUTANTS
from deploy.tests.suite import Suite

_OF_TYPES = [each for each in MUTANTS if each.caught_by == TYPES]
_OF_RULES = [each for each in MUTANTS if each.caught_by != TYPES]


@pytest.mark.parametrize("mutant", _OF_RULES, ids=str)
def test_rules_catch(mutant):
    documents = mutant.apply(rendering.overlay(mutant.overlay))
    check = rules.RULES[mutant.caught_by]
    assert list(check(Suite(documents)))


def test_types_catch():
    mutants = {str(each): _changed(each) for each in _OF_TYPES}
    assert len(mutants) == len(_OF_TYPES)
    assert sorted(types.check(mutants)) == sorted(mutants)


def test_every_rule_has_a_mutant():
    assert {each.caught_by for each in _OF_RULES} == set(rules.RULES)


def _changed(mutant):
    """The document with the fault."""
    before = rendering.overlay(mutant.overlay)
    (changed,) = [each for each in mutant.apply(before) if each not in before]
    return changed
