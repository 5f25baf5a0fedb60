-- name: CheckLogin
-- The instant by the database's own clock, and what the role is or may beyond what a service needs; empty: nothing.
SELECT clock_timestamp() AS now, concat_ws('; ',
         CASE WHEN me.rolsuper THEN 'it is a superuser' END,
         CASE WHEN me.rolcreatedb THEN 'it may create databases' END,
         CASE WHEN me.rolcreaterole THEN 'it may create roles' END,
         CASE WHEN me.rolreplication THEN 'it may replicate' END,
         CASE WHEN me.rolbypassrls THEN 'it passes by row-level security' END,
         (SELECT 'it is a member of ' || string_agg(role.rolname, ', ' ORDER BY role.rolname)
          FROM pg_auth_members AS membership JOIN pg_roles AS role ON role.oid = membership.roleid
          WHERE membership.member = me.oid),
         (SELECT 'it owns ' || string_agg(owned.relname, ', ' ORDER BY owned.relname)
          FROM (SELECT relname FROM pg_class
                WHERE relowner = me.oid AND relpersistence <> 't' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                ORDER BY relname
                LIMIT 3) AS owned),
         (SELECT 'it may create in schema ' || string_agg(nspname, ', ' ORDER BY nspname)
          FROM pg_namespace
          WHERE nspname !~ '^pg_' AND has_schema_privilege(oid, 'CREATE')),
         CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN 'it may create schemas' END) AS too_much
FROM pg_roles AS me
WHERE me.rolname = current_user;
