"""The schema of each service is dumped, dropped and restored, as docs/operations.md moves one to
another server; the service goes on with it."""

import psycopg
from psycopg import sql

from deploy.local.cluster.load import Load
from deploy.local.cluster.trouble import ENOUGH, wait
from deploy.local.processes import LocalError

# What a schema holds that is no schema's: without it the restored one would lack its operators.
_ALSO = {"organisations": ["--extension=pg_trgm"]}
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"
_DIGEST = sql.SQL(
    "SELECT count(*), md5(string_agg(row, '' ORDER BY row))"
    " FROM (SELECT md5(t::text) AS row FROM {} t) rows"
)


def check(cluster):
    """The line that tells of it; LocalError where anything is not as it was."""
    database, rows = cluster.database, 0
    for service in cluster.suite.pods("service"):
        name, pods = service.app, cluster.pods(service.app)
        for each in pods:
            cluster.end(each)
        before = _digests(database, name)
        dump = database.run("pg_dump", "--format=custom", f"--schema={name}", *_ALSO.get(name, []))
        database.run("psql", "--quiet", f"--command=DROP SCHEMA {name} CASCADE")
        database.run("pg_restore", "--exit-on-error", given=dump)
        after = _digests(database, name)
        if after != before:
            differ = sorted(table for table in before if before[table] != after.get(table))
            raise LocalError(f"Of {name} these tables are not as they were: {', '.join(differ)}")
        rows += sum(count for count, _ in before.values())
        for each in pods:
            cluster.add(each.document)
    cluster.wait_ready()
    wait(lambda: _is_called(cluster), 60, "Services are ready and not called")
    return f"The schema of each service was dumped, dropped and restored: {rows} rows as before."


def _is_called(cluster):
    """Whether the gateway, which looks for addresses from time to time, has found those of all."""
    with Load(cluster) as load:
        wait(lambda: load.calls >= ENOUGH, 60, "Nobody gets through")
    return not load.failures


def _digests(database, schema):
    """Of each table: how many rows, and a digest of all."""
    with psycopg.connect(database.url) as connection:
        tables = [name for name, in connection.execute(_TABLES, [schema])]
        return {
            name: connection.execute(_DIGEST.format(sql.Identifier(schema, name))).fetchone()
            for name in tables
        }
