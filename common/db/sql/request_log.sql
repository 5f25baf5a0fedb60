-- name: ClaimRequests
-- Takes what nobody has taken, in one order for all, so that two batches cannot deadlock; waits for rivals.
INSERT INTO request_log (caller, rpc, request_id, fingerprint)
SELECT caller, rpc, request_id, fingerprint
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bytea[])
  AS request (caller, rpc, request_id, fingerprint)
ORDER BY caller, rpc, request_id
ON CONFLICT DO NOTHING
RETURNING caller, rpc, request_id;

-- name: ReadRequests
-- What is known of requests that were taken before.
SELECT log.caller, log.rpc, log.request_id, log.fingerprint, log.resource
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS request (caller, rpc, request_id)
JOIN request_log AS log USING (caller, rpc, request_id);

-- name: FinishRequests
-- Remembers the resources that the requests made or changed.
UPDATE request_log AS log SET resource = request.resource
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[])
  AS request (caller, rpc, request_id, resource)
WHERE (log.caller, log.rpc, log.request_id) = (request.caller, request.rpc, request.request_id);

-- name: ReleaseRequests
-- Forgets requests that this transaction has taken and refused.
DELETE FROM request_log AS log
USING unnest($1::text[], $2::text[], $3::uuid[]) AS request (caller, rpc, request_id)
WHERE (log.caller, log.rpc, log.request_id) = (request.caller, request.rpc, request.request_id);
