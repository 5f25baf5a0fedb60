-- What those who read the audit trail ask, by their own login. Newest first, before ($1, $2), which never are the same for
-- two; not before $3. Values come in the order of their paths. A page is 200 at most: the planner, who does not know $7,
-- would otherwise think that all of a trail is asked for, and sort it.

-- name: ListAuditEntries
SELECT id, at, subject, via, method, request_id, resource, fields, decision, reason, trace,
       ARRAY(SELECT key FROM jsonb_each_text(before) ORDER BY key) AS before_paths,
       ARRAY(SELECT value FROM jsonb_each_text(before) ORDER BY key) AS before_values,
       ARRAY(SELECT key FROM jsonb_each_text(after) ORDER BY key) AS after_paths,
       ARRAY(SELECT value FROM jsonb_each_text(after) ORDER BY key) AS after_values
FROM (
  SELECT *
  FROM audit_entry
  WHERE (at, id) < ($1::timestamptz, $2::bigint) AND at >= $3::timestamptz
    AND ($4::text IS NULL OR subject = $4)
    AND ($5::text IS NULL OR method = $5)
    AND ($6::text IS NULL OR decision = $6)
  ORDER BY at DESC, id DESC
  LIMIT 201
) AS page
ORDER BY at DESC, id DESC
LIMIT $7;

-- name: ListAuditEntriesOfResource
-- The same, of the resource $8: a query of its own, for it has an index of its own.
SELECT id, at, subject, via, method, request_id, resource, fields, decision, reason, trace,
       ARRAY(SELECT key FROM jsonb_each_text(before) ORDER BY key) AS before_paths,
       ARRAY(SELECT value FROM jsonb_each_text(before) ORDER BY key) AS before_values,
       ARRAY(SELECT key FROM jsonb_each_text(after) ORDER BY key) AS after_paths,
       ARRAY(SELECT value FROM jsonb_each_text(after) ORDER BY key) AS after_values
FROM (
  SELECT *
  FROM audit_entry
  WHERE resource = $8 AND (at, id) < ($1::timestamptz, $2::bigint) AND at >= $3::timestamptz
    AND ($4::text IS NULL OR subject = $4)
    AND ($5::text IS NULL OR method = $5)
    AND ($6::text IS NULL OR decision = $6)
  ORDER BY at DESC, id DESC
  LIMIT 201
) AS page
ORDER BY at DESC, id DESC
LIMIT $7;
