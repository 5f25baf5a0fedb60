-- deploy/database/sql/role.sql for these logins, whose passwords `managed.roles` sets; a test compares.
CREATE ROLE svc_events LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE svc_events SET search_path = events, pg_temp;
ALTER ROLE svc_events SET statement_timeout = '5s';
ALTER ROLE svc_events SET lock_timeout = '2s';
ALTER ROLE svc_events SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE svc_events SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO svc_events;

CREATE ROLE audit_events LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE audit_events SET search_path = events, pg_temp;
ALTER ROLE audit_events SET statement_timeout = '5s';
ALTER ROLE audit_events SET lock_timeout = '2s';
ALTER ROLE audit_events SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE audit_events SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO audit_events;
