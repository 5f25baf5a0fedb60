"""A running suite, and the few things that most tests do with it first."""

import itertools
import re
import time
import urllib.request

import grpc
import psycopg
from psycopg import sql

from tests.programmes import account, pb, refusal
from tests.programmes.suite import STAFF, Suite, call, every_page, insist, new_request_id, person

# What a write of a caller leaves behind in events.
_TABLES = ("series", "session", "registration", "attendee", "change", "request_log")
_FAULT = re.compile(r'^grpc_server_handled_total\{.*grpc_code="(INTERNAL|UNKNOWN|DATA_LOSS)"')


class Scene:
    """The suite, its mailbox and its databases."""

    def __init__(self, stack, mailbox):
        self.stack = stack
        self.mailbox = mailbox
        self.suite = Suite(stack.addresses(), stack)
        self._as_service = {}
        self._people = itertools.count(1)

    def another_suite(self):
        """The same services over connections of its own."""
        return Suite(self.stack.addresses(), self.stack, own_connections=True)

    def close(self):
        """Closes the connections; the suite stays."""
        for suite in (self.suite, *self._as_service.values()):
            suite.close()

    def as_service(self, name):
        """The suite as one of its services sees it, which may read what people may not."""
        if name not in self._as_service:
            certificate = self.stack.certificate(name).read()
            self._as_service[name] = Suite(
                self.stack.addresses(), self.stack, certificate=certificate
            )
        return self._as_service[name]

    # Sessions and people.

    def publish(self, **fields):
        """A published session that everybody can register for; `fields` go over its own."""
        series = pb.series.Series(title={"nl": "Reeks"}, contact_email="reeks@example.org")
        series = insist(
            self.suite.series.CreateSeries,
            pb.series_service.CreateSeriesRequest(series=series, request_id=new_request_id()),
            STAFF,
        )
        insist(
            self.suite.series.PublishSeries,
            pb.series_service.PublishSeriesRequest(name=series.name, request_id=new_request_id()),
            STAFF,
        )
        return self.publish_in(series.name, **fields)

    def publish_in(self, series, **fields):
        """A published session of a series that exists."""
        session = insist(
            self.suite.sessions.CreateSession,
            pb.session_service.CreateSessionRequest(
                session=a_session(series, **fields), request_id=new_request_id()
            ),
            STAFF,
        )
        return insist(
            self.suite.sessions.PublishSession,
            pb.session_service.PublishSessionRequest(
                name=session.name, request_id=new_request_id()
            ),
            STAFF,
        )

    def somebody(self):
        """The address of somebody new."""
        return f"iemand.{next(self._people)}@example.org"

    def register(self, session, email=None, size=1):
        """Registers a party; gives up at the first refusal."""
        email = email or self.somebody()
        return insist(
            self.suite.registrations.Register, a_request(session, email, size), person(email)
        )

    def cancel(self, registration):
        """Gives a registration up."""
        return insist(
            self.suite.registrations.CancelRegistration,
            a_cancellation(registration),
            person(registration.registrant.email),
        )

    def registrations(self, session):
        """All of a session, in order of arrival."""
        request = pb.registration_service.ListRegistrationsRequest(
            parent=session.name, page_size=200
        )
        return list(
            every_page(self.suite.registrations.ListRegistrations, request, "registrations", STAFF)
        )

    # Mails.

    def messages(self):
        """All messages."""
        request = pb.message_service.ListMessagesRequest(page_size=200)
        return list(every_page(self.suite.messages.ListMessages, request, "messages", STAFF))

    def wait_for_messages(self, count, seconds=60):
        """Waits until as many messages exist and none is on its way; returns them."""
        on_their_way = (pb.message.Message.STATE_QUEUED, pb.message.Message.STATE_SENDING)
        messages = []

        def settled():
            nonlocal messages
            messages = self.messages()
            return len(messages) >= count and not any(
                each.state in on_their_way for each in messages
            )

        wait_until(
            settled, seconds, lambda: f"{count} messages: {account.count_messages(messages)}"
        )
        return messages

    # Processes.

    def pids(self):
        """The process of each service."""
        return {service: self.stack.pid(service) for service in self.stack.services}

    def metrics(self, service):
        """The service's metrics, as Prometheus reads them."""
        url = f"http://{self.stack.metrics_address(service)}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()

    def faults(self):
        """Calls that ended in a way that no caller can bring about, as metrics count them."""
        return [
            line
            for service in self.stack.services
            for line in self.metrics(service).splitlines()
            if _FAULT.search(line)
        ]

    # Databases.

    def database(self, service):
        """A connection as the superuser, each statement by itself."""
        return psycopg.connect(self.stack.database_url(service), autocommit=True)

    def row_counts(self):
        """Rows of every table of events that a write touches; not those that note a denied call."""
        with self.database("events") as db:
            counts = {
                table: db.execute(
                    sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
                ).fetchone()[0]
                for table in _TABLES
            }
            counts["audit"] = db.execute(
                "SELECT count(*) FROM audit WHERE decision = 'ALLOWED'"
            ).fetchone()[0]
            return counts


def wait_until(condition, seconds, describe):
    """Waits for what comes by itself; fails with `describe()` when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds} s: {describe()}"
        time.sleep(0.05)


def persist(method, request, caller, reasons=()):
    """Repeats one request until it is answered, as whoever has to be sure does; also where it is
    refused for one of `reasons`, which pass."""
    end = time.monotonic() + 60
    while True:
        try:
            return call(method, request, caller)
        except grpc.RpcError as error:
            assert time.monotonic() < end, error
            passes = error.code() in (
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.DEADLINE_EXCEEDED,
                grpc.StatusCode.ABORTED,
            )
            assert passes or refusal.read(error).reason in reasons, error
            time.sleep(0.05)


def a_session(series, **fields):
    """An online session in the far future with room for 20, open to everybody."""
    session = pb.session.Session(
        series=series,
        title={"nl": "Sessie"},
        mode=pb.session.Session.MODE_ONLINE,
        when={"period": {"from": _moment(9), "to": _moment(12)}},
        regions={"openness": pb.session.OPENNESS_OPEN},
        audience={"openness": pb.session.OPENNESS_OPEN},
        window={},
        capacity=20,
    )
    session.MergeFrom(pb.session.Session(**fields))
    return session


def _moment(hours):
    return pb.when.Moment(
        date={"year": 2099, "month": 5, "day": 18},
        time={"hours": hours},
        precision=pb.when.PRECISION_MINUTE,
    )


def a_registration(email, size=1):
    """A party of `size` people, reached through the first."""
    attendees = [
        pb.registration.Attendee(
            full_name=f"Iemand {number}", audience=pb.session.AUDIENCE_FACILITY
        )
        for number in range(size)
    ]
    return pb.registration.Registration(
        registrant=pb.registration.Person(full_name="Iemand 0", email=email),
        attendees=attendees,
        region=pb.region.REGION_OVL,
    )


def a_request(session, email, size=1):
    """To register a party."""
    return pb.registration_service.RegisterRequest(
        parent=session.name, registration=a_registration(email, size), request_id=new_request_id()
    )


def a_cancellation(registration):
    """To give a registration up."""
    return pb.registration_service.CancelRegistrationRequest(
        name=registration.name, request_id=new_request_id()
    )
