"""What one call of the events service says to PostgreSQL, as scripts for pgbench.

The statements are those of the .sql files, with arrays of one element: a batch of one. Rows are
as large as those that the service itself has written before.
"""

import psycopg

from tests.bench.pgbench import statement

_SESSIONS = "services/events/sql/sessions.sql"
_REGISTRATIONS = "services/events/sql/registrations.sql"
_RECORD = "common/changes/sql/record.sql"
_REQUEST_LOG = "common/db/sql/request_log.sql"
_METHOD = "scharnier.events.v1.RegistrationService/Register"


def get_session(session):
    """One read of a session."""
    return statement(_SESSIONS, "GetSessions", _one(_text(_id(session))), _one("false")) + "\n"


def register(stack, session):
    """One registration for a session, in its transaction. The service has to have taken one."""
    with psycopg.connect(stack.database_url("events")) as events:
        body, personal = _first(
            events, "SELECT encode(body, 'hex'), encode(personal, 'hex') FROM registration"
        )
        source, aggregate, kind, audience, payload, trace = _first(
            events,
            "SELECT source, aggregatetype, type, audience, encode(payload, 'hex'), trace "
            "FROM change WHERE subject LIKE '%/registrations/%'",
        )
        shown, hashed = _first(
            events,
            "SELECT after, hashes -> 'after' FROM audit WHERE resource LIKE '%/registrations/%'",
        )
        (series,) = _first(
            events, f"SELECT series_id::text FROM session WHERE id = '{_id(session)}'"
        )
    # What differs from one transaction to the next is made of :n.
    registration, request, change = (f"md5('{kind}' || :n)::uuid" for kind in "abc")
    name = f"'{session}/registrations/' || {registration}"
    caller = "'person:' || md5('d' || :n) || md5('e' || :n)"
    person = attendee = "md5('f' || :n) || md5('g' || :n)"
    key = (_one(caller), _one(_text(_METHOD)), _one(request))
    claim = statement(_REQUEST_LOG, "ClaimRequests", *key, _one("sha256(:n::text::bytea)"))
    lock = statement(_SESSIONS, "LockSession", _text(_id(session)))
    find = statement(
        *(_REGISTRATIONS, "FindLiveAttendees"),
        *(_text(_id(session)), _one(attendee), _text(series), "NULL"),
    )
    insert = statement(
        *(_REGISTRATIONS, "InsertRegistrations"),
        *(_text(_id(session)), _one(registration), _one("1"), _one(":s_next_arrival"), _one("1")),
        *(_one(person), _one("now()"), _one(_bytes(body)), _one(_bytes(personal)), _one("NULL")),
        *(_text(series), "NULL", _one(registration), _one("0"), _one(attendee)),
    )
    save = statement(
        *(_SESSIONS, "SaveLine", _text(_id(session)), ":s_confirmed_seats::int + 1"),
        *(":s_waiting_seats", ":s_waiting", ":s_next_arrival::bigint + 1"),
    )
    append = statement(
        *(_RECORD, "AppendRecords"),
        # The change.
        *(_one(change), _one(_text(source)), _one(_text(aggregate)), _one(f"{registration}::text")),
        *(_one(_text(kind)), _one(name), _one("now()"), _one(_text(audience)), _one("'{}'")),
        *(_one(_bytes(payload)), _one(_text(trace))),
        # The row of audit.
        *(_one(caller), _one(_text(_METHOD)), _one(request), _one(name)),
        *(_keys(shown), _nothing(shown), _values(shown)),
        *(_keys(hashed), _nothing(hashed), _values(hashed)),
        *(_one("''"), _one(_text(trace))),
    )
    finish = statement(_REQUEST_LOG, "FinishRequests", *key, _one(name))
    return "\n".join([
        r"\set n random(1, 9000000000000000000)",
        "BEGIN;",
        claim,
        lock.rstrip(";") + r" \gset s_",
        find,
        insert,
        save,
        append,
        finish,
        "COMMIT;\n",
    ])


def _first(connection, query):
    return connection.execute(query + " LIMIT 1").fetchone()


def _id(name):
    return name.rpartition("/")[2]


def _one(element):
    """An array of one element, which is an expression."""
    return f"ARRAY[{element}]"


def _text(value):
    return "'" + value.replace("'", "''") + "'"


def _bytes(hexadecimal):
    return rf"'\x{hexadecimal}'"


def _list(words):
    """A list inside an array: PostgreSQL's literal, as text."""
    return _one(_text("{" + ",".join(words) + "}"))


def _keys(fields):
    return _list(fields)


def _values(fields):
    return _list(f'"{value}"' for value in fields.values())


def _nothing(fields):
    """As many NULLs: there was nothing before."""
    return _list("NULL" for _ in fields)
