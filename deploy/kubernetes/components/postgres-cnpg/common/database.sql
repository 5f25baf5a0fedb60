-- deploy/database/sql/database.sql for this database; a test compares.
REVOKE ALL ON DATABASE scharnier FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),
  pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;
