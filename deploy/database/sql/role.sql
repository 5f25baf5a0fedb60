-- name: CreateLogin
-- A login of a service, or of those who read its audit trail: it owns nothing, creates nothing, is nobody else, and finds
-- its own schema alone; that it may connect, and what it may do there, the migrations grant. Whoever runs this may create
-- roles, and need not be a superuser. With psql, and the password in a file:
--
--   psql -v role=svc_events -v schema=events -c '\set password `cat svc_events.password`' -f deploy/database/sql/role.sql
SET password_encryption = 'scram-sha-256';
CREATE ROLE :"role" LOGIN PASSWORD :'password'
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE :"role" SET search_path = :"schema", pg_temp;
-- db::DatabaseOptions says the same to each connection: these hold for whoever else has the password. A test compares them.
ALTER ROLE :"role" SET statement_timeout = '5s';
ALTER ROLE :"role" SET lock_timeout = '2s';
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '10s';
-- A query whose caller is gone is given up.
ALTER ROLE :"role" SET client_connection_check_interval = '500ms';
