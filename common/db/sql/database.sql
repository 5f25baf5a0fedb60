-- name: ReadDatabaseClock
-- The instant by the database's own clock.
SELECT clock_timestamp() AS now;
