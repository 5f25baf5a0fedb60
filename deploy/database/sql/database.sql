-- name: CloseDatabase
-- What PostgreSQL lets everybody do in a new database, and nobody here needs: connect to it, and keep temporary tables and
-- large objects there. In that database, by a superuser; another owner closes what is theirs and is warned of the rest.
-- The server's other databases, such as postgres and template1, have to be closed in the same way, or by pg_hba.conf.
--
--   psql -d scharnier -v database=scharnier -f deploy/database/sql/database.sql
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),
  pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;
