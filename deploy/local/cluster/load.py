"""Callers that go on calling through the gateway, as every client should: what could not be
answered is asked again, with the same request_id.

    with Load(cluster) as load:
        cluster.roll("events")
    load.calls, load.repeated, load.failures
"""

import collections
import concurrent.futures
import itertools
import threading

import grpc

from deploy.local.cluster.programmes import open_suite
from tests.programmes import pb
from tests.programmes.suite import STAFF, insist, new_request_id

_CALLERS = 4


class Load:
    """Each caller reads of all services in turn, and writes to one."""

    def __init__(self, cluster):
        self._cluster = cluster
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = concurrent.futures.ThreadPoolExecutor(_CALLERS)
        self._callers = []
        self.calls = 0
        self.repeated = 0
        self.failures = collections.Counter()

    def __enter__(self):
        self._callers = [self._threads.submit(self._call) for _ in range(_CALLERS)]
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._threads.shutdown()
        for each in self._callers:
            each.result()

    def told(self):
        """How it went, in words."""
        failed = sum(self.failures.values())
        return f"{self.calls} calls, {self.repeated} of them repeated, {failed} failed"

    def _call(self):
        with open_suite(self._cluster, own_connections=True) as suite:
            for method, request in itertools.cycle(_calls(suite)):
                if self._stop.is_set():
                    return
                asked = _Counted(method)
                failure = None
                try:
                    insist(asked, request(), STAFF)
                except grpc.RpcError as error:
                    failure = f"{method.path}: {error.code().name} {error.details()}"
                with self._lock:
                    self.calls += 1
                    self.repeated += asked.times > 1
                    if failure:
                        self.failures[failure] += 1


class _Counted:
    """A method that counts how often it is called."""

    def __init__(self, method):
        self._method = method
        self.times = 0

    def __call__(self, *arguments, **options):
        self.times += 1
        return self._method(*arguments, **options)


def _calls(suite):
    """(method, what makes a request) of each service."""
    return [
        (suite.sessions.ListSessions, lambda: pb.session_service.ListSessionsRequest(page_size=5)),
        (suite.calls.ListCalls, lambda: pb.call_service.ListCallsRequest(page_size=5)),
        (
            suite.organisations.ListOrganisations,
            lambda: pb.organisation_service.ListOrganisationsRequest(page_size=5),
        ),
        (suite.messages.ListMessages, lambda: pb.message_service.ListMessagesRequest(page_size=5)),
        (suite.series.CreateSeries, _create_series),
    ]


def _create_series():
    series = pb.series.Series(title={"nl": "Reeks"}, contact_email="reeks@example.org")
    return pb.series_service.CreateSeriesRequest(series=series, request_id=new_request_id())
