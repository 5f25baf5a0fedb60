-- Calls.

-- name: InsertCall
INSERT INTO call (id, state, reference_prefix, regions, version, create_time, update_time, body)
VALUES ($1, $2, $3, $4::smallint[], 1, $5, $5, $6)
RETURNING id, state, version, create_time, update_time, body;

-- name: LockCall
-- The call for a change; its row stays locked until the transaction ends.
SELECT id, state, version, create_time, update_time, body FROM call WHERE id = $1 FOR NO KEY UPDATE;

-- name: SaveCall
UPDATE call
SET state = $2, reference_prefix = $3, regions = $4::smallint[], version = version + 1, update_time = $5, body = $6
WHERE id = $1
RETURNING id, state, version, create_time, update_time, body;

-- name: GetCall
-- $2: whether the caller may see drafts.
SELECT id, state, version, create_time, update_time, body FROM call WHERE id = $1 AND (state <> 1 OR $2::boolean);

-- name: ShareCall
-- As GetCall; nobody changes the call until the transaction ends. Whoever locks a proposal as well does so before.
SELECT id, state, version, create_time, update_time, body
FROM call
WHERE id = $1 AND (state <> 1 OR $2::boolean)
FOR SHARE;

-- name: WasSubmittedTo
-- Whether an idea or a proposal was ever submitted to the call.
SELECT EXISTS (SELECT 1 FROM idea WHERE call_id = $1)
    OR EXISTS (SELECT 1 FROM proposal WHERE call_id = $1 AND submitted > 0) AS found;

-- name: ListCalls
-- Newest first, after $2; identifiers ascend with age.
SELECT id, state, version, create_time, update_time, body
FROM call
WHERE (state <> 1 OR $1::boolean)
  AND ($2::uuid IS NULL OR id < $2::uuid)
  AND ($3::smallint IS NULL OR state = $3::smallint)
  AND ($4::smallint IS NULL OR regions = '{}' OR $4::smallint = ANY (regions))
ORDER BY id DESC
LIMIT $5;

-- name: ListInvolvedOrganisations
-- Organisations that an amendment of the call $1 touches, after $2.
SELECT organisation_id
FROM (
  SELECT organisation_id FROM idea WHERE call_id = $1 AND state = 1
  UNION
  SELECT lead_id FROM proposal WHERE call_id = $1 AND state <> 3
  UNION
  SELECT i.organisation_id FROM invitation i JOIN proposal p ON p.id = i.proposal_id
  WHERE p.call_id = $1 AND p.state <> 3 AND i.state IN (1, 2)
) AS involved
WHERE $2::uuid IS NULL OR organisation_id > $2::uuid
ORDER BY organisation_id
LIMIT $3;

-- name: NextReferenceNumber
SELECT nextval('reference_number') AS number;
