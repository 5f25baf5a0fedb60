"""Every mutant is caught, by whom it is meant for; and every rule has something to catch."""

import ast
import sys
from pathlib import Path

import pytest

from deploy.tests import rendering, rules, types
from deploy.tests.mutant import TYPES
from deploy.tests.mutants import MUTANTS
from deploy.tests.suite import Suite

_OF_TYPES = [each for each in MUTANTS if each.caught_by == TYPES]
_OF_RULES = [each for each in MUTANTS if each.caught_by != TYPES]
_RULES = sorted(map(str, Path(rules.__file__).parent.glob("*.py")))


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


def test_every_complaint_of_a_rule_has_a_mutant():
    lines = set()

    def trace(frame, event, _):
        if frame.f_code.co_filename not in _RULES:
            return None
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for mutant in _OF_RULES:
            documents = mutant.apply(rendering.overlay(mutant.overlay))
            list(rules.RULES[mutant.caught_by](Suite(documents)))
    finally:
        sys.settrace(before)
    assert [each for each in _complaints() if each not in lines] == []


def _complaints():
    """File and line of all that rules may say."""
    for file in _RULES:
        for node in ast.walk(ast.parse(Path(file).read_text())):
            if isinstance(node, ast.Yield):
                yield file, node.lineno


def _changed(mutant):
    """The document with the fault."""
    before = rendering.overlay(mutant.overlay)
    (changed,) = [each for each in mutant.apply(before) if each not in before]
    return changed
