"""Every method of the API, found in its descriptors, and requests that its rules accept.

    for rpc in RPCS.values():
        rpc.call(scene.suite, a_request(rpc), caller=rpc.caller)
"""

import importlib
import uuid
from dataclasses import dataclass

from google.protobuf import symbol_database

from deploy.local.stack import BUILD, SERVICES
from tests.functional.register import an_organisation
from tests.functional.scene import a_session
from tests.programmes import pb
from tests.programmes.suite import STAFF

ROLE = pb.options
_GENERATED = BUILD / "generated/python"
_SYMBOLS = symbol_database.Default()
# Who calls a method that lets this role in; the first that its policy names counts.
_CALLERS = {
    ROLE.ROLE_ANONYMOUS: STAFF,
    ROLE.ROLE_STAFF: STAFF,
    ROLE.ROLE_REGISTER_OFFICER: "register-officer maes",
    ROLE.ROLE_PERSON: "person an.peeters@example.org",
    ROLE.ROLE_TEAM: "team reporting",
}
# What services ask beyond the rules, by message.
_FURTHER = {
    "scharnier.events.v1.Attendee": lambda: {"audience": pb.session.AUDIENCE_FACILITY},
    "scharnier.events.v1.Registration": lambda: {"region": pb.region.REGION_OVL},
    "scharnier.events.v1.Session": lambda: a_session(a_name("series/*")),
    "scharnier.organisations.v1.Organisation": lambda: an_organisation(9001),
    "scharnier.organisations.v1.ListMandatesRequest": lambda: {
        "parent": a_name("organisations/*")
    },
    "scharnier.proposals.v1.Call": lambda: {
        "launch": {"not_known": {}},
        "reference_prefix": "RECO1",
    },
}


@dataclass(frozen=True)
class Rpc:
    """A method. `caller` is somebody who may call it; None: only the services in its policy."""

    service: str
    method: object

    @property
    def name(self):
        """As in "ListSessions"."""
        return self.method.name

    @property
    def short(self):
        """As in "events.SessionService.ListSessions"."""
        return f"{self.service}.{self.method.containing_service.name}.{self.name}"

    @property
    def path(self):
        """As gRPC calls it."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def policy(self):
        """Who may call it."""
        return self.method.GetOptions().Extensions[pb.options.policy]

    @property
    def request(self):
        """The class of its requests."""
        return _class(self.method.input_type)

    @property
    def fields(self):
        """The fields of its requests, by name."""
        return self.method.input_type.fields_by_name

    @property
    def caller(self):
        """Somebody who may call it."""
        return next((_CALLERS[role] for role in _CALLERS if role in self.policy.allow), None)

    @property
    def mutates(self):
        """Whether it takes a request_id."""
        return "request_id" in self.fields

    def suite(self, scene):
        """The suite by which it is called: a service's, where only services may."""
        return scene.suite if self.caller else scene.as_service(self.policy.services[0])

    def call(self, suite, request, caller, metadata=(), timeout=10.0):
        """Calls once; of a stream the first answer. A request may be bytes."""
        calling = suite.channel(self.service)
        forms = {
            "request_serializer": lambda r: r if isinstance(r, bytes) else r.SerializeToString(),
            "response_deserializer": _class(self.method.output_type).FromString,
        }
        options = {"caller": caller, "metadata": metadata, "timeout": timeout}
        if self.method.client_streaming:
            return calling.stream_unary(self.path, **forms)(iter(parts_of(request)), **options)
        if self.method.server_streaming:
            answers = calling.unary_stream(self.path, **forms)(request, **options)
            try:
                return next(answers)
            finally:
                answers.cancel()
        return calling.unary_unary(self.path, **forms)(request, **options)


def a_request(rpc):
    """One that the rules accept: whatever is required, and nothing else. Names are of nobody."""
    request = rpc.request()
    fill(request)
    for path in updated(rpc):
        set_field(request, path, a_text(rules_of(path[-1])) if path[-1].name == "name" else "djE")
    return request


def title_of(resource):
    """The field of a resource, or of what is one, that can be changed as one likes."""
    names = ("registrant", "title", "display_name", "full_name", "region")
    return min(
        (each for each in resource.fields if each.name in names), key=lambda f: names.index(f.name)
    )


def updated(rpc):
    """The paths to the name and the etag of the resource that an update is about."""
    if "update_mask" not in rpc.fields:
        return []
    resource = next(each for each in rpc.method.input_type.fields if rules_of(each).required)
    return [(resource, resource.message_type.fields_by_name[each]) for each in ("name", "etag")]


def fill(message):
    """Gives every required field a value that its rules accept."""
    further = _FURTHER.get(message.DESCRIPTOR.full_name, dict)()
    message.MergeFrom(type(message)(**further) if isinstance(further, dict) else further)
    for field in message.DESCRIPTOR.fields:
        rules = rules_of(field)
        if rules.required and not rules.output_only and not _has(message, field):
            _fill_field(message, field, rules)
    return message


def rules_of(field):
    """What a field accepts."""
    return field.GetOptions().Extensions[pb.options.rules]


def data_of(field):
    """What a field is about."""
    return rules_of(field).data


def fields_below(message, wanted):
    """The paths, of names and numbers, to every field of a message that is set and wanted."""
    for field, value in message.ListFields():
        repeated = field.label == field.LABEL_REPEATED
        if field.message_type:
            for number, each in enumerate(value if repeated else [value]):
                here = (field.name, number) if repeated else (field.name,)
                for below in fields_below(each, wanted):
                    yield (*here, *below)
        elif wanted(field):
            yield (field.name,)


def set_values(message, path, change):
    """Changes the text at a path of names and numbers."""
    *parents, last = path
    for each in parents:
        message = message[each] if isinstance(each, int) else getattr(message, each)
    setattr(message, last, change(getattr(message, last)))


def a_name(pattern):
    """A name of this pattern, of nobody."""
    return "/".join(
        str(uuid.uuid4()) if part == "*" else "1" if part == "#" else part
        for part in pattern.split("/")
    )


def a_text(rules):
    """A string that the rules accept."""
    if rules.resource:
        return a_name(rules.resource)
    return {
        pb.options.FORMAT_EMAIL: "an.peeters@example.org",
        pb.options.FORMAT_UUID: str(uuid.uuid4()),
        pb.options.FORMAT_SLUG: "een",
        pb.options.FORMAT_OPAQUE: "djE",
    }.get(rules.format, "Tekst")


def resource_fields(descriptor, path=()):
    """The fields of a request that hold a name, as paths of fields; each type once on a path."""
    for field in descriptor.fields:
        rules = rules_of(field)
        here = (*path, field)
        updates = len(path) == 1 and "update_mask" in path[0].containing_type.fields_by_name
        if rules.resource and (not rules.output_only or (updates and field.name == "name")):
            yield here
        elif field.message_type and field.message_type not in [f.message_type for f in path]:
            if not rules.output_only and field.message_type.full_name.startswith("scharnier."):
                yield from resource_fields(field.message_type, here)


def set_field(message, path, value):
    """Sets the field at a path of fields, in the first element of what is repeated."""
    *parents, last = path
    for field in parents:
        message = _inside(message, field)
        fill(message)
    if last.label == last.LABEL_REPEATED:
        message.ClearField(last.name)
        getattr(message, last.name).append(value)
    else:
        setattr(message, last.name, value)


def path_text(path):
    """A path as errors write it."""
    texts = [field.name + ("[0]" if field.label == field.LABEL_REPEATED else "") for field in path]
    return ".".join(texts)


def parts_of(request):
    """The messages of a client's stream: what has rows comes after the options."""
    if isinstance(request, pb.organisation_service.ImportOrganisationsRequest):
        return [type(request)(options={"dry_run": True}), request]
    return [request]


def _inside(message, field):
    if field.label == field.LABEL_REPEATED:
        items = getattr(message, field.name)
        return items[0] if items else items.add()
    inner = getattr(message, field.name)
    inner.SetInParent()
    return inner


def _has(message, field):
    """Whether it is set, or another of its oneof."""
    if field.containing_oneof:
        return message.WhichOneof(field.containing_oneof.name)
    return field.name in [each.name for each, _ in message.ListFields()]


def _fill_field(message, field, rules):
    repeated = field.label == field.LABEL_REPEATED
    if field.message_type:
        inner = getattr(message, field.name).add() if repeated else getattr(message, field.name)
        inner.SetInParent()
        fill(inner)
        return
    if field.enum_type:
        value = field.enum_type.values[1].number
    elif field.type == field.TYPE_STRING:
        value = a_text(rules)
    else:
        value = max(1, rules.min)
    if repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def _class(descriptor):
    return _SYMBOLS.GetPrototype(descriptor)


def _find():
    """All methods of all services of the suite, by path."""
    found = {}
    for service in SERVICES:
        package = f"scharnier.{service}.v1"
        for path in sorted(_GENERATED.glob(f"scharnier/{service}/v1/*_service_pb2.py")):
            module = importlib.import_module(f"{package}.{path.stem}")
            for descriptor in module.DESCRIPTOR.services_by_name.values():
                for method in descriptor.methods:
                    rpc = Rpc(service, method)
                    found[rpc.path] = rpc
    return found


RPCS = _find()
