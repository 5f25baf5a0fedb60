"""Reads and registrations of the events service, against an RPC that does nothing and pgbench.

GetSession at 64 in flight; Register on one hot session with 64 callers. pgbench runs the very
statements of a batch of one, so that a ratio above 1 is what batching wins.
"""

import subprocess
import time

import psycopg

from deploy.local.health import is_serving
from deploy.local.processes import Child, LocalError, free_port
from deploy.local.stack import ROOT, Stack
from tests.bench import pgbench
from tests.bench.measure import Measure
from tests.programmes import pb
from tests.programmes.suite import STAFF, Suite, call, new_request_id

_BINARIES = ROOT / "build/release"
_TOOLS = _BINARIES / "tests/bench"
_IN_FLIGHT = 64
_SECONDS = 4
_SQL = "services/events/sql"


def measures(run_dir):
    """Yields with everything running; the caller measures meanwhile."""
    with Stack(run_dir, build_dir=_BINARIES, services=["events"]) as stack:
        empty_address, empty_health = (f"127.0.0.1:{free_port()}" for _ in range(2))
        empty = Child(
            "empty_server",
            [_TOOLS / "bench_empty_server", empty_address, empty_health],
            run_dir / "empty_server.log",
            run_dir / "pids/empty_server",
        )
        empty.start()
        try:
            _wait_until_serving(empty_health)
            yield from _measures(stack, empty_address)
        finally:
            empty.stop()


def _measures(stack, empty_address):
    with Suite(events=stack.address("events"), notifications=stack.address("events")) as suite:
        ours, theirs = _published_session(suite), _published_session(suite)
    _load(stack.address("events"), "register", ours, seconds=1)
    get = _get_script(ours)
    register = _register_script(stack, theirs)
    best_get = pgbench.best_clients(stack, "events", get)
    best_register = pgbench.best_clients(stack, "events", register)

    def get_ours():
        return _load(stack.address("events"), "get", ours)

    def register_ours():
        return _load(stack.address("events"), "register", ours)

    def in_pgbench(script, clients):
        return lambda: pgbench.rate(stack, "events", script, clients, _SECONDS)

    yield Measure("GetSession / empty RPC", get_ours, lambda: _load(empty_address, "get", ours))
    for clients in (_IN_FLIGHT, best_get):
        name = f"GetSession / pgbench, {_clients(clients)}"
        yield Measure(name, get_ours, in_pgbench(get, clients))
    for clients in (_IN_FLIGHT, best_register):
        name = f"Register / pgbench, {_clients(clients)}"
        yield Measure(name, register_ours, in_pgbench(register, clients))


def _clients(count):
    return f"{count} clients" if count != 1 else "1 client"


def _load(address, verb, session, seconds=_SECONDS):
    """Calls a second that were answered OK."""
    command = [_TOOLS / "bench_load", address, verb, session, str(_IN_FLIGHT), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"bench_load: {done.stderr.strip()}")
    return float(done.stdout)


def _wait_until_serving(health_address):
    end = time.monotonic() + 10
    while not is_serving(health_address):
        if time.monotonic() > end:
            raise LocalError("the empty server does not answer.")
        time.sleep(0.05)


def _published_session(suite):
    """A session that holds everybody, open for registration."""
    text = {"nl": "Meting"}
    series = call(
        suite.series.CreateSeries,
        pb.series_service.CreateSeriesRequest(
            series={"title": text, "contact_email": "team@example.org"},
            request_id=new_request_id(),
        ),
        STAFF,
    )
    call(
        suite.series.PublishSeries,
        pb.series_service.PublishSeriesRequest(name=series.name, request_id=new_request_id()),
        STAFF,
    )
    session = call(
        suite.sessions.CreateSession,
        pb.session_service.CreateSessionRequest(
            session={
                "series": series.name,
                "title": text,
                "mode": pb.session.Session.MODE_ONLINE,
                "when": {"not_known": {}},
                "regions": {},
                "audience": {},
                "window": {},
                "unlimited": {},
            },
            request_id=new_request_id(),
        ),
        STAFF,
    )
    call(
        suite.sessions.PublishSession,
        pb.session_service.PublishSessionRequest(name=session.name, request_id=new_request_id()),
        STAFF,
    )
    return session.name


def _get_script(session):
    return _statement("sessions", "GetSessions", f"ARRAY['{_id(session)}']", "ARRAY[false]") + ";\n"


def _register_script(stack, session):
    """One registration after another, with rows as large as those that the service has written."""
    with psycopg.connect(stack.database_url("events")) as events:
        body, personal = _one(
            events, "SELECT encode(body, 'hex'), encode(personal, 'hex') FROM registration"
        )
        (payload,) = _one(
            events, "SELECT encode(payload, 'hex') FROM change WHERE aggregatetype = 'registration'"
        )
        after, hashed = _one(
            events,
            "SELECT after, hashes -> 'after' FROM audit WHERE resource LIKE '%/registrations/%'",
        )
        (series,) = _one(
            events, f"SELECT series_id::text FROM session WHERE id = '{_id(session)}'"
        )
    # What differs from one transaction to the next is made of :n.
    registration, request, change = (f"md5('{kind}' || :n)::uuid" for kind in "abc")
    name = f"'{session}/registrations/' || {registration}"
    caller = "'person:' || md5('d' || :n) || md5('e' || :n)"
    attendee = "md5('f' || :n) || md5('g' || :n)"
    method = "'scharnier.events.v1.RegistrationService/Register'"
    the_session = f"'{_id(session)}'"
    return "\n".join([
        r"\set n random(1, 9000000000000000000)",
        "BEGIN;",
        _query("common/db/sql/request_log.sql", "ClaimRequests", _array(caller), _array(method),
               _array(request), _array("sha256(:n::text::bytea)")) + ";",
        _statement("sessions", "LockSession", the_session).rstrip(";") + r" \gset s_",
        _statement("registrations", "FindLiveAttendees", the_session, _array(attendee),
                   f"'{series}'", "NULL"),
        _statement("registrations", "InsertRegistrations", the_session, _array(registration),
                   _array("1"), _array(":s_next_arrival"), _array("1"), _array(attendee),
                   _array("now()"), _array(_bytes(body)), _array(_bytes(personal)), _array("NULL"),
                   f"'{series}'", "NULL", _array(registration), _array("0"), _array(attendee)),
        _statement("sessions", "SaveLine", the_session, ":s_confirmed_seats::int + 1",
                   ":s_waiting_seats", ":s_waiting", ":s_next_arrival::bigint + 1"),
        _query("common/changes/sql/record.sql", "AppendRecords", _array(change),
               _array("'//scharnier/events'"), _array("'registration'"),
               _array(f"{registration}::text"),
               _array("'scharnier.events.v1.registration.confirmed'"), _array(name),
               _array("now()"), _array("'INTERNAL'"), _array("'{}'"), _array(_bytes(payload)),
               _array("''"), _array(caller), _array(method), _array(request), _array(name),
               _list(after), _list(hashed), _list(after, blank=True), _list(after, values=True),
               _list(hashed, blank=True), _list(hashed, values=True), _array("''"), _array("''")),
        _query("common/db/sql/request_log.sql", "FinishRequests", _array(caller), _array(method),
               _array(request), _array(name)),
        "COMMIT;\n",
    ])


def _query(file, name, *values):
    return pgbench.statement(file, name, *values)


def _statement(file, name, *values):
    return pgbench.statement(f"{_SQL}/{file}.sql", name, *values)


def _one(connection, query):
    return connection.execute(query + " LIMIT 1").fetchone()


def _id(name):
    return name.rpartition("/")[2]


def _array(element):
    return f"ARRAY[{element}]"


def _bytes(hexadecimal):
    return rf"'\x{hexadecimal}'"


def _list(fields, values=False, blank=False):
    """An element that is an array literal itself: the keys of an audit row's map, or its values."""
    words = ["NULL" if blank else f'"{value}"' if values else key
             for key, value in (fields or {}).items()]
    return _array("'{" + ",".join(words).replace("'", "''") + "}'")
