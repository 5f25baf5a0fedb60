"""The suite as an outside system sees it: addresses, stubs, and whoever calls.

    suite = Suite(stack.addresses(), stack)
    session = call(suite.sessions.GetSession, pb.session_service.GetSessionRequest(name=name))
    call(suite.sessions.PublishSession, request, "staff devos")
"""

import time
import uuid

import grpc

from deploy.local.channel import credentials, open_channel
from tests.programmes import pb, refusal

STAFF = "staff devos"
OFFICER = "register-officer maes"
_NOBODY = "127.0.0.1:1"  # where a service that does not run is called
_PAUSES = (0.2, 0.4, 0.8, 1.6)
_RECONNECT_WITHIN_MS = 500
_WORTH_ANOTHER_TRY = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,  # by a replica that ends; nobody here cancels
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
# Refusals of ABORTED that no other try changes: somebody has to read again.
_OUTDATED = ("ETAG_STALE", "EDIT_CONFLICT")
# Refusals of somebody whose mandate a service has not heard of, and for how long they may come.
_UNHEARD = ("MANDATE_NEEDED", "RESOURCE_NOT_FOUND")
_HEARD_WITHIN = 15.0


class Suite:
    """One channel to each service. Thread-safe, as gRPC's channels are.

    identity     who makes tokens of callers, and whom to trust: token(caller), ca_file; a Stack, or
                 what is up (deploy.local.running).
    certificate  shown to every service (authority.Pair): calls without a caller come from whom it
                 names.

    Each method of a stub takes, beside what gRPC's take, a `caller`, and sends their token.
    """

    def __init__(self, addresses, identity, *, certificate=None, own_connections=False):
        # Channels of one process share connections unless they say otherwise.
        options = [
            ("grpc.use_local_subchannel_pool", int(own_connections)),
            # Whoever repeats its requests wants the next attempt to be one.
            ("grpc.max_reconnect_backoff_ms", _RECONNECT_WITHIN_MS),
        ]
        self._channels = {
            service: open_channel(
                addresses.get(service, _NOBODY), identity.ca_file, certificate, options
            )
            for service in ("organisations", "proposals", "events", "notifications")
        }
        self._calling = {
            service: _Calling(channel, identity.token)
            for service, channel in self._channels.items()
        }
        self.audits = {
            service: pb.audit_stubs[service].AuditServiceStub(calling)
            for service, calling in self._calling.items()
        }
        at_organisations, at_proposals, at_events, at_notifications = self._calling.values()
        self.organisations = pb.organisation_stubs.OrganisationServiceStub(at_organisations)
        self.mandates = pb.mandate_stubs.MandateServiceStub(at_organisations)
        self.calls = pb.call_stubs.CallServiceStub(at_proposals)
        self.ideas = pb.idea_stubs.IdeaServiceStub(at_proposals)
        self.proposals = pb.proposal_stubs.ProposalServiceStub(at_proposals)
        self.proposals_changes = pb.proposals_changes_stubs.ChangeServiceStub(at_proposals)
        self.series = pb.series_stubs.SeriesServiceStub(at_events)
        self.sessions = pb.session_stubs.SessionServiceStub(at_events)
        self.registrations = pb.registration_stubs.RegistrationServiceStub(at_events)
        self.changes = pb.events_changes_stubs.ChangeServiceStub(at_events)
        self.events_tokens = pb.events_action_stubs.ActionTokenServiceStub(at_events)
        self.proposals_tokens = pb.proposals_action_stubs.ActionTokenServiceStub(at_proposals)
        self.organisations_tokens = pb.organisations_action_stubs.ActionTokenServiceStub(
            at_organisations
        )
        self.messages = pb.message_stubs.MessageServiceStub(at_notifications)

    def channel(self, service):
        """What makes methods of a service, as a channel does; they take callers."""
        return self._calling[service]

    def raw(self, method):
        """A method of the events service that takes and gives bytes, for what is no message."""
        return self.channel("events").unary_unary(method)

    def close(self):
        """Closes the channels; calls that run are cancelled."""
        for channel in self._channels.values():
            channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Calling:
    """What stubs need of a channel; its methods take callers."""

    def __init__(self, channel, token):
        self._channel = channel
        self._token = token

    def unary_unary(self, path, **forms):
        return _Method(path, self._channel.unary_unary(path, **forms), self._token)

    def unary_stream(self, path, **forms):
        return _Method(path, self._channel.unary_stream(path, **forms), self._token)

    def stream_unary(self, path, **forms):
        return _Method(path, self._channel.stream_unary(path, **forms), self._token)


class _Method:
    """A method that takes a caller. `path` is what gRPC calls it by."""

    def __init__(self, path, method, token):
        self.path = path
        self._method = method
        self._token = token

    def __call__(self, request, caller=None, metadata=(), **options):
        return self._method(request, metadata=self._metadata(caller, metadata), **options)

    def future(self, request, caller=None, metadata=(), **options):
        """The same, without waiting for the answer."""
        return self._method.future(request, metadata=self._metadata(caller, metadata), **options)

    def _metadata(self, caller, others):
        return [*others, *credentials(caller, self._token)]


def person(email):
    """Somebody with this address, as a caller."""
    return f"person {email}"


def holder(token):
    """Whoever has an action token, as a caller."""
    return f"action {token}"


def new_request_id():
    """An id for one intention, kept for every repetition of it."""
    return str(uuid.uuid4())


def call(method, request, caller=None, timeout=10.0):
    """Calls once. Raises grpc.RpcError."""
    return method(request, caller, timeout=timeout)


def insist(method, request, caller=None):
    """Calls, and repeats the very same request where the service could not be reached or was busy.

    What every client should do: the request_id makes the repetition harmless.
    """
    for pause in _PAUSES:
        try:
            return call(method, request, caller)
        except grpc.RpcError as error:
            outdated = refusal.read(error).reason in _OUTDATED
            if outdated or error.code() not in _WORTH_ANOTHER_TRY:
                raise
        time.sleep(pause)
    return call(method, request, caller)


def insist_until_heard(method, request, caller):
    """Insists, for somebody whose mandate may be so new that the service has not heard of it.

    Services keep copies of the register that follow it within moments. Until then they refuse as
    if there were no mandate; what is refused has no effect, so that the same request may follow.
    """
    end = time.monotonic() + _HEARD_WITHIN
    while True:
        try:
            return insist(method, request, caller)
        except grpc.RpcError as error:
            if refusal.read(error).reason not in _UNHEARD or time.monotonic() > end:
                raise
        time.sleep(0.05)


def every_page(method, request, field, caller=None):
    """Yields the elements of `field` of all pages of a list; the request's page token moves on."""
    while True:
        page = insist(method, request, caller)
        yield from getattr(page, field)
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
