"""Asserts that a call is refused, and why; notes each reason that was seen.

    with refused("SESSION_FULL") as told:
        scene.register(session)
    assert told.metadata["session"] == session.name
"""

import contextlib
import os

import grpc
import pytest

from tests.programmes import pb, refusal

EVENTS = "scharnier.events.v1"
ORGANISATIONS = "scharnier.organisations.v1"
PROPOSALS = "scharnier.proposals.v1"
TYPES = "scharnier.types.v1"
_REASONS = {
    EVENTS: pb.events_reasons.ErrorReason,
    ORGANISATIONS: pb.organisations_reasons.ErrorReason,
    PROPOSALS: pb.proposals_reasons.ErrorReason,
    TYPES: pb.types_reasons.ErrorReason,
}


class Told:
    """What was told, once the block has ended."""

    def __init__(self):
        self._refusal = None

    def set(self, seen):
        """Fills it in."""
        self._refusal = seen

    def __getattr__(self, name):
        return getattr(self._refusal, name)


@contextlib.contextmanager
def refused(reason, *, field=None):
    """The block must be refused for this reason, with the status that the reason's enum asks for.

    `field` has to be among the fields that BadRequest or ErrorInfo names.
    """
    told = Told()
    with pytest.raises(grpc.RpcError) as caught:
        yield told
    seen = refusal.read(caught.value)
    told.set(seen)
    assert seen.reason == reason, f"refused with {seen}"
    value = f"ERROR_REASON_{reason}"
    domain = seen.domain
    assert value in _REASONS[domain].keys(), f"{domain} has no {reason}"
    assert seen.code.value[0] == _code_of(domain, value), f"{reason} with {seen.code}"
    fields = {*seen.fields, seen.metadata.get("field")}
    assert field is None or field in fields, f"{field} is not among {fields}"
    _note(f"{domain}.{value}")


def refusal_of(do, *arguments, **options):
    """How a call is refused; None where it is not."""
    try:
        do(*arguments, **options)
    except grpc.RpcError as error:
        return refusal.read(error)
    return None


def _code_of(domain, value):
    """The google.rpc.Code that the value's option gives."""
    options = _REASONS[domain].DESCRIPTOR.values_by_name[value].GetOptions()
    return options.Extensions[pb.options.code]


def _note(full_name):
    """As common/testing/matchers.cc does: `./dev test` asks which reasons nobody raises."""
    path = os.environ.get("SCHARNIER_REASONS_SEEN")
    if path:
        with open(path, "a", encoding="ascii") as seen:
            seen.write(full_name + "\n")
