"""The generated messages and stubs, each module under a short name.

The build writes them to build/<preset>/generated/python. Debian's google.protobuf is part of a
namespace package (there is no google/__init__.py), so that one more folder on the path is enough
for google.rpc and its kin to be found beside it. Importing by name keeps that path a matter of
this module alone.
"""

import importlib
import sys

from deploy.local.stack import BUILD


def _load(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"{missing}: build first, `./dev run` does (looked in {_GENERATED})."
        ) from None


_GENERATED = BUILD / "generated" / "python"
sys.path.append(str(_GENERATED))

action_token = _load("scharnier.identity.v1.action_token_pb2")
annotations = _load("google.api.annotations_pb2")
audit = _load("scharnier.audit.v1.audit_pb2")
call = _load("scharnier.proposals.v1.call_pb2")
call_service = _load("scharnier.proposals.v1.call_service_pb2")
change = _load("scharnier.changes.v1.change_pb2")
error_details = _load("google.rpc.error_details_pb2")
events_reasons = _load("scharnier.events.v1.error_reason_pb2")
form = _load("scharnier.types.v1.form_pb2")
message = _load("scharnier.notifications.v1.message_pb2")
message_service = _load("scharnier.notifications.v1.message_service_pb2")
region = _load("scharnier.types.v1.region_pb2")
idea = _load("scharnier.proposals.v1.idea_pb2")
idea_service = _load("scharnier.proposals.v1.idea_service_pb2")
invitation = _load("scharnier.proposals.v1.invitation_pb2")
mandate = _load("scharnier.organisations.v1.mandate_pb2")
mandate_service = _load("scharnier.organisations.v1.mandate_service_pb2")
options = _load("scharnier.options.v1.options_pb2")
organisation = _load("scharnier.organisations.v1.organisation_pb2")
organisation_service = _load("scharnier.organisations.v1.organisation_service_pb2")
organisations_reasons = _load("scharnier.organisations.v1.error_reason_pb2")
proposal = _load("scharnier.proposals.v1.proposal_pb2")
proposal_service = _load("scharnier.proposals.v1.proposal_service_pb2")
proposals_reasons = _load("scharnier.proposals.v1.error_reason_pb2")
registration = _load("scharnier.events.v1.registration_pb2")
registration_service = _load("scharnier.events.v1.registration_service_pb2")
series = _load("scharnier.events.v1.series_pb2")
series_service = _load("scharnier.events.v1.series_service_pb2")
session = _load("scharnier.events.v1.session_pb2")
session_service = _load("scharnier.events.v1.session_service_pb2")
status = _load("google.rpc.status_pb2")
types_reasons = _load("scharnier.types.v1.error_reason_pb2")
when = _load("scharnier.types.v1.when_pb2")

audit_stubs = {
    service: _load(f"scharnier.{service}.v1.audit_service_pb2_grpc")
    for service in ("organisations", "proposals", "events", "notifications")
}
call_stubs = _load("scharnier.proposals.v1.call_service_pb2_grpc")
events_action_stubs = _load("scharnier.events.v1.action_token_service_pb2_grpc")
events_changes_stubs = _load("scharnier.events.v1.change_service_pb2_grpc")
idea_stubs = _load("scharnier.proposals.v1.idea_service_pb2_grpc")
mandate_stubs = _load("scharnier.organisations.v1.mandate_service_pb2_grpc")
message_stubs = _load("scharnier.notifications.v1.message_service_pb2_grpc")
organisations_action_stubs = _load(
    "scharnier.organisations.v1.action_token_service_pb2_grpc"
)
organisation_stubs = _load("scharnier.organisations.v1.organisation_service_pb2_grpc")
proposal_stubs = _load("scharnier.proposals.v1.proposal_service_pb2_grpc")
proposals_action_stubs = _load("scharnier.proposals.v1.action_token_service_pb2_grpc")
proposals_changes_stubs = _load("scharnier.proposals.v1.change_service_pb2_grpc")
registration_stubs = _load("scharnier.events.v1.registration_service_pb2_grpc")
series_stubs = _load("scharnier.events.v1.series_service_pb2_grpc")
session_stubs = _load("scharnier.events.v1.session_service_pb2_grpc")
