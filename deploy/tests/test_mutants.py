"""Every mutant is caught, by whom it is meant for; and all that a rule may say is said of some."""

import ast
import functools
import inspect

import pytest

from deploy.tests import rendering, rules, types
from deploy.tests.mutant import TYPES
from deploy.tests.mutants import MUTANTS
from deploy.tests.suite import Suite

_OF_TYPES = [each for each in MUTANTS if each.caught_by == TYPES]
_OF_RULES = [each for each in MUTANTS if each.caught_by != TYPES]


@pytest.mark.parametrize("mutant", _OF_RULES, ids=str)
def test_rules_catch(mutant):
    assert _said(mutant)


def test_types_catch():
    mutants = {str(each): _changed(each) for each in _OF_TYPES}
    assert len(mutants) == len(_OF_TYPES)
    assert sorted(types.check(mutants)) == sorted(mutants)


def test_every_rule_has_a_mutant():
    assert {each.caught_by for each in _OF_RULES} == set(rules.RULES)


def test_every_line_of_a_rule_has_a_mutant():
    """What no fault makes a rule say is not tried, or says nothing."""
    said = {line for mutant in _OF_RULES for line in _said(mutant)}
    assert sorted(line for each in rules.RULES for line in _sayings(each) if line not in said) == []


@functools.cache
def _said(mutant):
    """What its rule says of the fault: the lines of code, each as (rule, number)."""
    documents = mutant.apply(rendering.overlay(mutant.overlay))
    saying = rules.RULES[mutant.caught_by](Suite(documents))
    return {(mutant.caught_by, saying.gi_frame.f_lineno) for _ in saying}


def _sayings(name):
    """What a rule may say at all, likewise."""
    source, first = inspect.getsourcelines(rules.RULES[name])
    nodes = ast.walk(ast.parse("".join(source)))
    return {(name, first - 1 + each.lineno) for each in nodes if isinstance(each, ast.Yield)}


def _changed(mutant):
    """The document with the fault."""
    before = rendering.overlay(mutant.overlay)
    (changed,) = [each for each in mutant.apply(before) if each not in before]
    return changed
