"""The methods of the API and the reasons of its errors, as their descriptors tell."""

import importlib
import sys

from google.protobuf import symbol_database

from tests.policy.table import Policy

_PREFIX = "ROLE_"


def load(generated, root):
    """All methods by full name, and the names of all reasons.

    `generated` is where the build puts its Python modules; `root`, where the protos lie.
    """
    if str(generated) not in sys.path:
        sys.path.append(str(generated))
    methods, reasons = {}, set()
    for path in sorted(root.glob("scharnier/*/v1/*.proto")):
        name = ".".join(path.relative_to(root).with_suffix("").parts) + "_pb2"
        file = importlib.import_module(name).DESCRIPTOR
        for service in file.services_by_name.values():
            methods |= {each.full_name: each for each in service.methods}
        if "ErrorReason" in file.enum_types_by_name:
            values = file.enum_types_by_name["ErrorReason"].values_by_name
            reasons |= {each.removeprefix("ERROR_REASON_") for each in values}
    return methods, reasons


def policy(method):
    """The method's option."""
    options = importlib.import_module("scharnier.options.v1.options_pb2")
    told = method.GetOptions().Extensions[options.policy]
    roles = (options.Role.Name(each).removeprefix(_PREFIX) for each in told.allow)
    return Policy(frozenset(roles), tuple(told.services), told.on_behalf)


def message(descriptor):
    """The class of a message."""
    return symbol_database.Default().GetPrototype(descriptor)
