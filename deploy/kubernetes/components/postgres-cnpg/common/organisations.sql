-- deploy/database/sql/role.sql for these logins, whose passwords `managed.roles` sets; a test compares.
CREATE ROLE svc_organisations LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE svc_organisations SET search_path = organisations, pg_temp;
ALTER ROLE svc_organisations SET statement_timeout = '5s';
ALTER ROLE svc_organisations SET lock_timeout = '2s';
ALTER ROLE svc_organisations SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE svc_organisations SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO svc_organisations;

CREATE ROLE audit_organisations LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE audit_organisations SET search_path = organisations, pg_temp;
ALTER ROLE audit_organisations SET statement_timeout = '5s';
ALTER ROLE audit_organisations SET lock_timeout = '2s';
ALTER ROLE audit_organisations SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE audit_organisations SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO audit_organisations;
