-- Ideas. For a person, whose key is given, those of organisations exist that they have a mandate of; where the key is
-- NULL, all do.

-- name: InsertIdea
INSERT INTO idea (id, call_id, track_id, organisation_id, state, reference, version, create_time, update_time, body,
                  personal, sealed)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8, $9, $10)
RETURNING version, create_time, update_time;

-- name: LockIdea
-- The idea for a change by who acts for the organisations $2; NULL: for all. Its row stays locked until the transaction
-- ends.
SELECT i.id, i.state, i.version, i.create_time, i.update_time, i.body, i.personal, i.sealed
FROM idea i
WHERE i.id = $1 AND ($2::uuid[] IS NULL OR i.organisation_id = ANY ($2::uuid[]))
FOR NO KEY UPDATE;

-- name: SaveIdea
UPDATE idea
SET state = $2, version = version + 1, update_time = $3, body = $4, personal = $5, sealed = $6
WHERE id = $1
RETURNING version, create_time, update_time;

-- name: GetIdea
SELECT i.id, i.state, i.version, i.create_time, i.update_time, i.body, i.personal, i.sealed
FROM idea i
WHERE i.id = $1
  AND ($2::text[] IS NULL
       OR EXISTS (SELECT 1 FROM directory_mandate m
                  WHERE m.in_force AND m.holder_key = ANY ($2::text[]) AND m.organisation_id = i.organisation_id));

-- name: ListIdeas
-- Newest first, after $2. Answers are not read.
SELECT i.id, i.state, i.version, i.create_time, i.update_time, i.body, i.personal
FROM idea i
WHERE ($1::text[] IS NULL
       OR EXISTS (SELECT 1 FROM directory_mandate m
                  WHERE m.in_force AND m.holder_key = ANY ($1::text[]) AND m.organisation_id = i.organisation_id))
  AND ($2::uuid IS NULL OR i.id < $2::uuid)
  AND ($3::uuid IS NULL OR i.call_id = $3::uuid)
  AND ($4::uuid IS NULL OR i.track_id = $4::uuid)
  AND ($5::uuid IS NULL OR i.organisation_id = $5::uuid)
  AND ($6::smallint IS NULL OR i.state = $6::smallint)
ORDER BY i.id DESC
LIMIT $7;

-- name: FindIdeaOf
-- Whether the idea $1 is of the organisation $2 and the call $3.
SELECT 1 AS found FROM idea WHERE id = $1 AND organisation_id = $2 AND call_id = $3;
