"""Every cell of the policy matrix (tests/policy) against the real services."""

import itertools

import pytest

from deploy.local.stack import BUILD, ROOT, SERVICES
from tests.functional.conftest import Starter
from tests.policy import methods, things_events, things_organisations, things_proposals
from tests.policy.callers import Callers
from tests.policy.table import Table
from tests.policy.tries import Tries
from tests.policy.world import BEFORE, World

_METHODS, _REASONS = methods.load(BUILD / "generated/python", ROOT / "proto")
_TABLE = Table()
_BUILDERS = dict(
    itertools.chain.from_iterable(
        each.BUILDERS.items() for each in (things_events, things_organisations, things_proposals)
    )
)


@pytest.fixture(scope="module", name="world")
def _world(tmp_path_factory):
    starter = Starter(tmp_path_factory.mktemp("matrix"))
    try:
        yield World(starter(clock=BEFORE), _BUILDERS)
    finally:
        starter.end()


@pytest.fixture(scope="module", name="callers")
def _callers(world):
    callers = Callers(world)
    try:
        yield callers
    finally:
        callers.close()


def test_the_table_fits_the_protos():
    policies = {name: methods.policy(method) for name, method in _METHODS.items()}
    assert _TABLE.check(policies, _REASONS, SERVICES) == []


@pytest.mark.parametrize("method", sorted(_TABLE.methods))
def test_every_cell(world, callers, method):
    rows = _TABLE.methods[method]
    withheld = _TABLE.kinds[rows.kind].get("withheld", [])
    tries = Tries(world, callers, rows, _METHODS[method], withheld)
    otherwise = tries.all()
    assert not otherwise, "\n".join(otherwise)
    assert tries.tried >= sum(map(len, rows.rows.values()))
