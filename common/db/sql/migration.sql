-- name: FindMigrationTable
-- Whether the schema has been migrated at all.
SELECT to_regclass('migration') IS NOT NULL AS found;

-- name: ListMigrations
-- Those that have been run.
SELECT name, breaking FROM migration;
