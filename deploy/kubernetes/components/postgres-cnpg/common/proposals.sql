-- deploy/database/sql/role.sql for these logins, whose passwords `managed.roles` sets; a test compares.
CREATE ROLE svc_proposals LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE svc_proposals SET search_path = proposals, pg_temp;
ALTER ROLE svc_proposals SET statement_timeout = '5s';
ALTER ROLE svc_proposals SET lock_timeout = '2s';
ALTER ROLE svc_proposals SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE svc_proposals SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO svc_proposals;

CREATE ROLE audit_proposals LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE audit_proposals SET search_path = proposals, pg_temp;
ALTER ROLE audit_proposals SET statement_timeout = '5s';
ALTER ROLE audit_proposals SET lock_timeout = '2s';
ALTER ROLE audit_proposals SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE audit_proposals SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO audit_proposals;
