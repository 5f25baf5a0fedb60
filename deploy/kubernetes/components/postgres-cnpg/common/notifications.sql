-- deploy/database/sql/role.sql for these logins, whose passwords `managed.roles` sets; a test compares.
CREATE ROLE svc_notifications LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE svc_notifications SET search_path = notifications, pg_temp;
ALTER ROLE svc_notifications SET statement_timeout = '5s';
ALTER ROLE svc_notifications SET lock_timeout = '2s';
ALTER ROLE svc_notifications SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE svc_notifications SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO svc_notifications;

CREATE ROLE audit_notifications LOGIN
  NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE audit_notifications SET search_path = notifications, pg_temp;
ALTER ROLE audit_notifications SET statement_timeout = '5s';
ALTER ROLE audit_notifications SET lock_timeout = '2s';
ALTER ROLE audit_notifications SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE audit_notifications SET client_connection_check_interval = '500ms';
GRANT CONNECT ON DATABASE scharnier TO audit_notifications;
