"""Why a call was refused, read from the details of its status."""

from dataclasses import dataclass, field

import grpc

from tests.programmes import pb

_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True)
class Refusal:
    """What a service says when it does not do what it was asked."""

    code: grpc.StatusCode
    text: str
    domain: str = ""
    reason: str = ""
    metadata: dict = field(default_factory=dict)
    fields: tuple = ()
    retry_seconds: float | None = None


def read(error: grpc.RpcError) -> Refusal:
    """Decodes the google.rpc.Status of an error; one that carries none has an empty reason."""
    details = pb.status.Status()
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS:
            details = pb.status.Status.FromString(value)
    told = {"code": error.code(), "text": error.details()}
    for detail in details.details:
        info = pb.error_details.ErrorInfo()
        bad_request = pb.error_details.BadRequest()
        retry = pb.error_details.RetryInfo()
        if detail.Unpack(info):
            told |= {"domain": info.domain, "reason": info.reason, "metadata": dict(info.metadata)}
        elif detail.Unpack(bad_request):
            told["fields"] = tuple(each.field for each in bad_request.field_violations)
        elif detail.Unpack(retry):
            told["retry_seconds"] = retry.retry_delay.ToTimedelta().total_seconds()
    return Refusal(**told)
