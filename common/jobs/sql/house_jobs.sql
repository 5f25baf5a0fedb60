-- name: ForgetChanges
-- Makes the feed begin at $1.
SELECT forget_changes($1);

-- name: RemoveForgotten
-- Removes forgotten changes among the next $2 after position $1: how far it got, null at the end.
SELECT remove_forgotten($1, $2) AS pos;

-- name: PurgeRequests
-- Forgets at most $1 requests that were answered more than 7 days ago.
DELETE FROM request_log WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM request_log WHERE at < now() - interval '7 days' ORDER BY at LIMIT $1::bigint));
