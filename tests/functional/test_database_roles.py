"""What a login of the database can do is what the migrations grant it, tried out; whoever has its
password gets no further."""

import json

import psycopg
import pytest
from psycopg import sql

from deploy.local.stack import SERVICES
from tests.functional.grants import granted
from tests.functional.scene import wait_until

LOGINS = [(kind, service) for service in SERVICES for kind in ("role", "audit_role")]


def _role(scene, login):
    kind, service = login
    database = scene.stack.database
    return (database.roles if kind == "role" else database.audit_roles)[service]


@pytest.fixture(params=LOGINS, ids=lambda login: f"{login[0]}-{login[1]}")
def login(request):
    """A role of a service: ("role" or "audit_role", "events")."""
    return request.param


@pytest.fixture
def db(scene, login):
    """A connection as that role, on which nothing that is tried lasts."""
    with psycopg.connect(scene.stack.database.url(_role(scene, login))) as connection:
        yield connection
        connection.rollback()


def _refused(db, statement):
    """Whether the role may not; whatever else becomes of the statement is undone."""
    try:
        with db.transaction(force_rollback=True):
            db.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    except psycopg.Error:
        return False
    return False


def _in_all_schemas(scene, statement):
    with scene.database("events") as superuser:
        return superuser.execute(statement, [SERVICES]).fetchall()


def _attempts(table, columns):
    """Every use of a table: (right, column), statement. Who may not is refused before any row."""
    yield ("SELECT", None), f"SELECT * FROM {table} LIMIT 0"
    yield ("DELETE", None), f"DELETE FROM {table}"
    yield ("TRUNCATE", None), f"TRUNCATE {table}"
    yield ("OWN", None), f"ALTER TABLE {table} ADD more int"
    trigger = "BEFORE UPDATE ON {} EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    yield ("TRIGGER", None), f"CREATE TRIGGER more {trigger.format(table)}"
    for column in columns:
        # Also numbers that the database gives itself.
        yield ("INSERT", column), (
            f'INSERT INTO {table} ("{column}") OVERRIDING SYSTEM VALUE VALUES (DEFAULT)'
        )
        yield ("UPDATE", column), f'UPDATE {table} SET "{column}" = DEFAULT WHERE false'


def test_tables_are_open_as_far_as_migrations_say(scene, db, login):
    kind, service = login
    rights = granted(service, kind)[None]
    allowed, expected = set(), set()
    tables = _in_all_schemas(
        scene,
        "SELECT relnamespace::regnamespace::text, relname, relkind = 'v', array_agg(attname::text)"
        " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0"
        " WHERE relnamespace::regnamespace::text = ANY (%s) AND relkind IN ('r', 'p', 'v')"
        " AND NOT attisdropped GROUP BY 1, 2, 3",
    )
    assert len(tables) > 40
    for schema, table, is_view, columns in tables:
        for (right, column), statement in _attempts(f'{schema}."{table}"', columns):
            # Some views cannot be written at all; that in which one could is among the ways out.
            if is_view and right != "SELECT":
                continue
            if schema == service and rights & {(table, right, column), (table, right, None)}:
                expected.add((schema, table, right, column))
            if not _refused(db, statement):
                allowed.add((schema, table, right, column))
    assert allowed == expected
    assert len(expected) >= (15 if kind == "role" else 1)


def test_sequences_are_open_as_far_as_migrations_say(scene, db, login):
    kind, service = login
    expected = {(service, name) for name, _, _ in granted(service, kind)["SEQUENCE"]}
    sequences = _in_all_schemas(
        scene,
        "SELECT relnamespace::regnamespace::text, relname FROM pg_class"
        " WHERE relnamespace::regnamespace::text = ANY (%s) AND relkind = 'S'",
    )
    assert ("events", "audit_id_seq") in sequences
    used = {(s, name) for s, name in sequences if not _refused(db, f"SELECT nextval('{s}.{name}')")}
    assert used == expected
    for schema, name in sequences:
        assert _refused(db, f"SELECT setval('{schema}.{name}', 1)"), name
        assert _refused(db, f"SELECT last_value FROM {schema}.{name}"), name


def test_functions_are_open_as_far_as_migrations_say(scene, db, login):
    kind, service = login
    expected = {(service, name) for name, _, _ in granted(service, kind)["FUNCTION"]}
    functions = _in_all_schemas(
        scene,
        "SELECT pronamespace::regnamespace::text, proname, p.oid FROM pg_proc AS p"
        " WHERE pronamespace::regnamespace::text = ANY (%s) AND NOT EXISTS"
        " (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')",
    )
    assert "forget_changes" in [name for _, name, _ in functions]
    may = "SELECT has_schema_privilege(%s, 'USAGE') AND has_function_privilege(%s, 'EXECUTE')"
    found = {
        (schema, name)
        for schema, name, oid in functions
        if db.execute(may, [schema, oid]).fetchone()[0]
    }
    assert found == expected


_WAYS_OUT = [
    # To make something of one's own.
    "CREATE TABLE {own}.mine (i int)",
    "CREATE TABLE public.mine (i int)",
    "CREATE TEMPORARY TABLE mine (i int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION {own}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW {own}.mine AS SELECT 1",
    "CREATE EXTENSION citext",
    "CREATE ROLE mine",
    "CREATE PUBLICATION mine",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    # To be somebody else.
    "SET ROLE postgres",
    "SET ROLE {owner}",
    "SET ROLE {other}",
    "SET SESSION AUTHORIZATION postgres",
    "GRANT {owner} TO {me}",
    "GRANT pg_read_all_data TO {me}",
    "ALTER ROLE {me} SUPERUSER",
    "ALTER ROLE {me} BYPASSRLS",
    "ALTER ROLE {me} CREATEROLE",
    "ALTER ROLE {other} PASSWORD 'x'",
    # To have more rights, or hide what was done.
    "ALTER SCHEMA {own} OWNER TO {me}",
    "ALTER TABLE {own}.audit OWNER TO {me}",
    "ALTER TABLE {own}.audit DISABLE TRIGGER ALL",
    "ALTER VIEW {own}.audit_entry RENAME TO mine",
    "DROP VIEW {own}.audit_entry",
    "DELETE FROM {own}.audit_entry",
    "UPDATE {own}.audit_entry SET subject = 'x'",
    "INSERT INTO {own}.audit_entry (subject, method, resource) VALUES ('x', 'x', 'x')",
    "DROP SCHEMA {own} CASCADE",
    "INSERT INTO {own}.audit (subject, method, resource) VALUES ('x', 'x', 'x') RETURNING id",
    "SELECT discreet FROM {own}.audit",
    "COPY {own}.audit TO STDOUT",
    "SET session_replication_role = replica",
    "SET log_statement = none",
    # To get at the machine, or at others' secrets.
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('PG_VERSION')",
    "SELECT lo_import('/etc/hostname')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/scharnier-mine'",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "LOAD 'auto_explain'",
]


@pytest.mark.parametrize("way", _WAYS_OUT)
def test_there_is_no_way_out(scene, db, login, way):
    names = {"own": login[1], "me": _role(scene, login), "owner": scene.stack.database.owner}
    others = [_role(scene, other) for other in LOGINS if other != login]
    for other in others if "{other}" in way else others[:1]:
        statement = sql.SQL(way).format(
            **{name: sql.Identifier(value) for name, value in {**names, "other": other}.items()}
        )
        assert _refused(db, statement), statement


def test_a_login_is_for_one_thing(scene):
    """Each by its own password, with the settings of deploy/database, and nothing on top."""
    for login in LOGINS:
        role = _role(scene, login)
        with psycopg.connect(scene.stack.database.url(role)) as db:
            assert db.execute(
                "SELECT rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb,"
                " rolreplication, rolbypassrls FROM pg_roles WHERE rolname = %s",
                [role],
            ).fetchone() == (True, *[False] * 6)
            assert [
                db.execute(f"SHOW {setting}").fetchone()[0]
                for setting in (
                    "search_path",
                    "statement_timeout",
                    "lock_timeout",
                    "idle_in_transaction_session_timeout",
                    "client_connection_check_interval",
                )
            ] == [f"{login[1]}, pg_temp", "5s", "2s", "10s", "500ms"]
        with scene.database("events") as db:
            password = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
            assert db.execute(password, [role]).fetchone()[0].startswith("SCRAM-SHA-256$")


def test_a_service_whose_role_is_too_powerful_is_not_ready(scene):
    role = sql.Identifier(scene.stack.database.roles["events"])
    with scene.database("events") as superuser:
        superuser.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(role))
        try:
            wait_until(
                lambda: not scene.stack.is_ready("events"), 10, lambda: "events is still ready"
            )
        finally:
            superuser.execute(sql.SQL("ALTER ROLE {} NOCREATEDB").format(role))
    wait_until(lambda: scene.stack.is_ready("events"), 10, lambda: "events is not ready again")
    lines = scene.stack.log_path("events").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines if "too powerful" in line]
    assert len(told) == 1
    assert told[0]["message"] == "not serving"
    assert told[0]["reason"].endswith("is too powerful: it may create databases")
