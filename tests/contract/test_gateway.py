"""What the gateway's settings repeat of the services: it has to be the same there."""

import datetime
import re

import pytest

from deploy.gateway import settings
from deploy.gateway.routes import OWN_ANSWERS
from tests.contract.tree import text

_DEADLINES = {
    "default_deadline": settings.DEFAULT_DEADLINE,
    "maximum_deadline": settings.MAXIMUM_DEADLINE,
    "longest_stream": settings.LONGEST_STREAM,
    "idle_stream": settings.IDLE_STREAM,
}
_NUMBERS = {"INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "RESOURCE_EXHAUSTED": 8}
_NUMBERS |= {"UNAVAILABLE": 14, "UNAUTHENTICATED": 16}


@pytest.mark.parametrize("name", _DEADLINES)
def test_deadlines_are_the_services(name):
    found = re.search(rf" {name} = absl::(\w+)\((\d+)\);", text("common/rpc/server.h"))
    assert _DEADLINES[name] == datetime.timedelta(**{found[1].lower(): int(found[2])})


def test_limits_of_callers_are_the_services():
    defaults = dict(
        re.findall(r'"caller-(rate|burst)", .*?, (\d+), \d\)', text("common/host/host.cc"))
    )
    told = text("deploy/gateway/cluster/settings.yaml")
    assert f"a_second: {defaults['rate']}\n" in told and f"burst: {defaults['burst']}\n" in told


def test_reasons_are_the_services():
    reasons = dict(
        re.findall(
            r"ERROR_REASON_(\w+) = \d+ \[\(scharnier.options.v1.code\) = (\w+)\]",
            text("proto/scharnier/types/v1/error_reason.proto"),
        )
    )
    for _, code, reason, _ in OWN_ANSWERS:
        assert reason is None or _NUMBERS[reasons[reason]] == code
