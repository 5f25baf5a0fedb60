"""The API as its descriptor set says it: the methods for callers outside, and their HTTP paths.

    for method in read_methods(Path("build/dev/generated/scharnier.pb")):
        method.path       # "/scharnier.events.v1.SessionService/GetSession"
        method.verb       # "GET"
        method.template   # "/v1/{name=sessions/*}"
"""

import re
from dataclasses import dataclass

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# A segment of a path; a verb may follow the last one.
_ANY_SEGMENT = "[^/:]+"
_ROLE_SERVICE = 8  # of scharnier.options.v1.Role
_VARIABLE = re.compile(r"{[^=}]+=([^}]+)}")


@dataclass(frozen=True)
class Method:
    """A method of a service."""

    service: str  # "events"
    name: str  # "SessionService.GetSession"
    path: str
    verb: str  # the HTTP method
    template: str  # of the HTTP path
    streams: bool  # in either direction
    client_streams: bool

    @property
    def http_path(self):
        """A regular expression for its HTTP paths."""
        template = _VARIABLE.sub(r"\1", self.template)
        return _ANY_SEGMENT.join(re.escape(part) for part in template.split("*"))


def read_methods(path):
    """Those of all services, in order, that let any role in; others are for services alone."""
    files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
    pool = descriptor_pool.DescriptorPool()
    for each in files:
        pool.Add(each)
    options_of = _reader(pool)
    methods = []
    for file in files:
        for service in file.service:
            for method in service.method:
                policy, rule = options_of(method)
                if any(role != _ROLE_SERVICE for role in policy.allow):
                    methods.append(_method(file.package, service.name, method, rule))
    return sorted(methods, key=lambda each: each.path)


def _reader(pool):
    """What gives a method's policy and HTTP rule; messages are made from the set alone."""
    factory = message_factory.MessageFactory(pool)
    policy, http = map(
        pool.FindExtensionByName, ("scharnier.options.v1.policy", "google.api.http")
    )
    for each in (policy, http):
        factory.GetPrototype(each.message_type)
    options = factory.GetPrototype(pool.FindMessageTypeByName("google.protobuf.MethodOptions"))

    def options_of(method):
        read = options.FromString(method.options.SerializeToString())
        return read.Extensions[policy], read.Extensions[http]

    return options_of


def _method(package, service, method, rule):
    verb = rule.WhichOneof("pattern")
    return Method(
        service=package.split(".")[1],
        name=f"{service}.{method.name}",
        path=f"/{package}.{service}/{method.name}",
        verb=verb.upper(),
        template=getattr(rule, verb),
        streams=method.client_streaming or method.server_streaming,
        client_streams=method.client_streaming,
    )
