"""The register of organisations: import against COPY, and searches as it grows tenfold.

Import: 10,000 organisations in one stream, in messages of 500, into empty tables. COPY writes the
very rows that this left behind, from files, in one transaction, into the same tables emptied again,
with all their indexes and constraints: organisations, their identifiers, the words of their names,
the dictionary of these, changes (numbered) and audit rows.

Search: 64 in flight, the same queries in a register of 100,000 organisations ("ours") and in one of
its first 10,000 (the "baseline"), which have all that is looked for. Words are drawn as often as
they stand in names, so that one in seven is one that half of the names have.
"""

import contextlib
import functools
import time

import psycopg

from deploy.local.channel import bearer, open_channel
from deploy.local.stack import Stack
from tests.bench import invented, load
from tests.bench.measure import Measure
from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import OFFICER, STAFF

_IMPORT = "/scharnier.organisations.v1.OrganisationService/ImportOrganisations"
_IMPORTED = _SMALL = 10_000
_LARGE = 100_000
_MESSAGE = 500
_QUERIES = 2_000
# What an import fills, in an order that foreign keys allow.
_TABLES = ("organisation", "identifier", "name_word", "word", "change", "audit")


def measures(run_dir):
    """Yields with everything running; the caller measures meanwhile."""
    with Stack(run_dir / "import", services=["organisations"]) as stack:
        yield from _import(stack)
    with contextlib.ExitStack() as running:
        small, large = (
            running.enter_context(Stack(run_dir / size, services=["organisations"]))
            for size in ("small", "large")
        )
        yield from _search(run_dir, small, large)


def _import(stack):
    messages = _messages(_IMPORTED)
    files = {table: stack.run_dir / f"{table}.copy" for table in _TABLES}

    def ours():
        _empty(stack)
        begin = time.monotonic()
        _bring(stack, messages)
        return _IMPORTED / (time.monotonic() - begin)

    def copy():
        _dump(stack, files)
        _empty(stack)
        begin = time.monotonic()
        with psycopg.connect(stack.database_url("organisations")) as database:
            for table, path in files.items():
                with database.cursor().copy(f"COPY {table} FROM STDIN") as into:
                    into.write(path.read_bytes())
        return _IMPORTED / (time.monotonic() - begin)

    yield Measure("ImportOrganisations / COPY", ours, copy, unit="rows/s")


def _search(run_dir, small, large):
    for stack, count in ((small, _SMALL), (large, _LARGE)):
        _bring(stack, _messages(count))
        _settle(stack)
    kinds = invented.queries(list(invented.organisations(_SMALL)), _QUERIES)
    mix = [query for together in zip(*kinds.values()) for query in together]
    goals = {"mix": 0.5}
    for kind, queries in {"mix": mix, **kinds}.items():
        path = run_dir / f"{kind}.txt".replace(" ", "_")
        path.write_text("".join(f"{query}\n" for query in queries))
        yield Measure(
            f"Search 100,000 / 10,000, {kind}",
            functools.partial(_searches, large, path),
            functools.partial(_searches, small, path),
            goals.get(kind),
        )


def _searches(stack, path):
    """Searches a second, by somebody of the staff; the token is made anew where it has aged."""
    callers = load.write_callers(stack, [STAFF])
    return load.rate(stack.address("organisations"), stack.ca_file, "search", path, callers)


def _messages(count):
    """The stream of an import, ready to be sent."""
    request = pb.organisation_service.ImportOrganisationsRequest
    rows = [
        {"line": line, "organisation": organisation}
        for line, organisation in enumerate(invented.organisations(count), 1)
    ]
    pieces = (rows[begin:][:_MESSAGE] for begin in range(0, count, _MESSAGE))
    parts = [request(options={}), *(request(rows={"rows": piece}) for piece in pieces)]
    return [part.SerializeToString() for part in parts]


def _bring(stack, messages):
    """Imports them, each row new."""
    with open_channel(stack.address("organisations"), stack.ca_file) as channel:
        send = channel.stream_unary(
            _IMPORT,
            response_deserializer=pb.organisation_service.ImportOrganisationsResponse.FromString,
        )
        answer = send(iter(messages), metadata=bearer(stack.token(OFFICER)), timeout=600)
    if answer.created != _MESSAGE * (len(messages) - 1):
        raise RuntimeError(f"the import did something else: {answer}")


def _empty(stack):
    """Empties the tables, for files of their own on disk."""
    with psycopg.connect(stack.database_url("organisations"), autocommit=True) as database:
        database.execute(f"TRUNCATE {', '.join(_TABLES)} CASCADE")
        database.execute("CHECKPOINT")


def _dump(stack, files):
    """Writes the tables to files, once all changes are numbered."""
    with psycopg.connect(stack.database_url("organisations"), autocommit=True) as database:
        _wait_until_numbered(database)
        for table, path in files.items():
            with database.cursor().copy(f"COPY {table} TO STDOUT") as out, path.open("wb") as file:
                for block in out:
                    file.write(block)


def _settle(stack):
    """Does what would otherwise go on while searches are measured."""
    with psycopg.connect(stack.database_url("organisations"), autocommit=True) as database:
        _wait_until_numbered(database)
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")


def _wait_until_numbered(database):
    unnumbered = "SELECT EXISTS (SELECT FROM change WHERE pos IS NULL)"
    wait_until(
        lambda: not database.execute(unnumbered).fetchone()[0],
        seconds=120,
        describe=lambda: "there are changes without a number",
    )
