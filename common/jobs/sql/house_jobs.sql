-- name: ForgetChanges
-- Makes the feed begin at $1 and removes at most $2 changes before it; how many it has removed.
SELECT forget_changes($1, $2) AS removed;

-- name: PurgeRequests
-- Forgets at most $1 requests that were answered more than 7 days ago.
DELETE FROM request_log WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM request_log WHERE at < now() - interval '7 days' ORDER BY at LIMIT $1::bigint));
