"""Every role as a caller of the real services."""

from dataclasses import dataclass, replace

import grpc

from deploy.local.channel import credentials, open_channel
from tests.policy import methods
from tests.policy.links import Links
from tests.policy.world import AN, FOR_PERSON, NOW, PERSONAL, TEAM, UNGRANTED
from tests.programmes.suite import holder

_LINES = {
    "ANONYMOUS": None,
    "PERSON": AN,
    "STAFF": "staff devos",
    "REGISTER_OFFICER": "register-officer maes",
    "OPERATOR": "operator piet",
    "TEAM": f"team {TEAM}",
    "TEAM_PERSONAL": f"team {PERSONAL}",
    "TEAM_FOR_PERSON": f"{AN} via {FOR_PERSON}",
    "TEAM_UNGRANTED": f"team {UNGRANTED}",
    "UNGRANTED_FOR_PERSON": f"{AN} via {UNGRANTED}",
}
_PATIENCE = 20.0


@dataclass(frozen=True)
class Caller:
    """Somebody of a role: `line` as in signing.py, `service` by its certificate, or with a `link`:
    "TOKEN" is one to what is asked about, "TOKEN_ELSEWHERE" to something else."""

    line: str = None
    service: str = None
    link: str = None

    def __str__(self):
        return self.link or self.line or self.service or "nobody"


class Callers:
    """Calls any method as anybody."""

    def __init__(self, world):
        self._scene = world.scene
        self._links = Links(world, NOW)
        self._channels = {}

    def of(self, role, policy):
        """All callers of a role of a method with this policy."""
        if role in _LINES:
            return [Caller(line=_LINES[role])]
        if role.startswith("TOKEN"):
            return [Caller(link=role)]
        listed = role == "SERVICE_LISTED"
        services = self._scene.stack.services
        return [Caller(service=each) for each in services if (each in policy.services) == listed]

    def facing(self, caller, thing, service):
        """The caller once it is known what the service is asked about."""
        if not caller.link:
            return caller
        here = caller.link == "TOKEN"
        token = self._links.to(thing, service) if here else self._links.elsewhere(service)
        return replace(caller, line=holder(token))

    def call(self, caller, method, request):
        """The answer; of a stream, the answers so far. Raises grpc.RpcError."""
        channel = self._channel(caller, method.full_name.split(".")[1])
        path = f"/{method.containing_service.full_name}/{method.name}"
        forms = {
            "request_serializer": methods.message(method.input_type).SerializeToString,
            "response_deserializer": methods.message(method.output_type).FromString,
        }
        told = {
            "metadata": credentials(caller.line, self._scene.stack.token),
            "timeout": _PATIENCE,
        }
        if method.name == "WatchChanges":
            return self._watch(channel.unary_stream(path, **forms)(request, **told), method)
        if hasattr(request, "DESCRIPTOR"):
            return channel.unary_unary(path, **forms)(request, **told)
        return channel.stream_unary(path, **forms)(iter(request), **told)

    def close(self):
        """Closes the connections."""
        for channel in self._channels.values():
            channel.close()

    def _channel(self, caller, service):
        key = caller.service, service
        if key not in self._channels:
            stack = self._scene.stack
            certificate = stack.certificate(caller.service).read() if caller.service else None
            # Connections of one process are shared where their credentials look alike.
            options = [("grpc.use_local_subchannel_pool", 1)]
            self._channels[key] = open_channel(
                stack.address(service), stack.ca_file, certificate, options
            )
        return self._channels[key]

    def _watch(self, stream, method):
        """All changes up to the feed's end as it is now, in one answer."""
        with self._scene.database(method.full_name.split(".")[1]) as db:
            (end,) = db.execute("SELECT last_pos FROM feed").fetchone()
        whole = methods.message(method.output_type)()
        try:
            for answer in stream:
                whole.MergeFrom(answer)
                if whole.next.position >= end:
                    return whole
        finally:
            stream.cancel()
        raise AssertionError(f"the stream ended at {whole.next.position} of {end}")


def refusal_of(call):
    """(answer, None) or (None, the error)."""
    try:
        return call(), None
    except grpc.RpcError as error:
        return None, error
