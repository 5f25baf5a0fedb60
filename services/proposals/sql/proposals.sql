-- Proposals. For a person, whose keys are given, those exist that they are an author of (the view says who is).

-- name: InsertProposal
INSERT INTO proposal (id, call_id, track_id, lead_id, state, version, create_time, update_time, body, personal, sealed)
VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7, $8, $9)
RETURNING version, create_time, update_time;

-- name: LockProposal
-- The copy that is worked on, for a change by who acts for the organisations $2; its row stays locked until the
-- transaction ends. It exists for its authors, and for who may answer for the organisation $3, where that was invited.
SELECT p.id, p.state, p.version, p.create_time, p.update_time, p.body, p.personal, p.sealed,
       ARRAY(SELECT key FROM jsonb_each_text(p.touched) ORDER BY key) AS touched_paths,
       ARRAY(SELECT value FROM jsonb_each_text(p.touched) ORDER BY key) AS touched_versions
FROM proposal p
WHERE p.id = $1
  AND (p.lead_id = ANY ($2::uuid[])
       OR EXISTS (SELECT 1 FROM invitation i
                  WHERE i.proposal_id = p.id AND i.state = 2 AND i.organisation_id = ANY ($2::uuid[]))
       OR EXISTS (SELECT 1 FROM invitation i
                  WHERE i.proposal_id = p.id AND i.state <> 4 AND i.organisation_id = $3::uuid))
FOR NO KEY UPDATE;

-- name: GetCurrent
-- The same for its authors, without a lock.
SELECT p.id, p.state, p.version, p.create_time, p.update_time, p.body, p.personal, p.sealed
FROM proposal p
WHERE p.id = $1
  AND (p.lead_id = ANY ($2::uuid[])
       OR EXISTS (SELECT 1 FROM invitation i
                  WHERE i.proposal_id = p.id AND i.state = 2 AND i.organisation_id = ANY ($2::uuid[])));

-- name: SaveProposal
UPDATE proposal
SET state = $2, submitted = $3, reference = $4, touched = jsonb_object($5::text[], $6::text[]), version = version + 1,
    update_time = $7, body = $8, personal = $9, sealed = $10
WHERE id = $1
RETURNING version, create_time, update_time;

-- name: GetWorkingCopy
-- $2: the keys of the person; NULL for callers for whom all exist.
SELECT p.id, p.state, p.version, p.create_time, p.update_time, p.body, p.personal, p.sealed
FROM proposal p
WHERE p.id = $1
  AND ($2::text[] IS NULL
       OR EXISTS (SELECT 1 FROM author a WHERE a.proposal_id = p.id AND a.holder_key = ANY ($2::text[])));

-- name: ListWorkingCopies
-- Newest first, after $2; $1 as in GetWorkingCopy. Answers are not read.
SELECT p.id, p.state, p.version, p.create_time, p.update_time, p.body, p.personal
FROM proposal p
WHERE ($1::text[] IS NULL OR EXISTS (SELECT 1 FROM author a WHERE a.proposal_id = p.id AND a.holder_key = ANY ($1::text[])))
  AND ($2::uuid IS NULL OR p.id < $2::uuid)
  AND ($3::uuid IS NULL OR p.call_id = $3::uuid)
  AND ($4::uuid IS NULL OR p.track_id = $4::uuid)
  AND ($5::uuid IS NULL OR p.lead_id = $5::uuid)
  AND ($6::smallint IS NULL OR p.state = $6::smallint)
ORDER BY p.id DESC
LIMIT $7;

-- name: GetSubmitted
-- What was submitted last; nothing where nothing was. $2: the calls whose proposals alone exist; NULL: all.
SELECT p.id, p.state, v.number, v.body, v.personal, v.sealed
FROM proposal p JOIN proposal_version v ON v.proposal_id = p.id AND v.number = p.submitted
WHERE p.id = $1 AND ($2::uuid[] IS NULL OR p.call_id = ANY ($2::uuid[]));

-- name: ListSubmitted
-- What was submitted last of each proposal, newest proposal first, after $1; $6 as in GetSubmitted. Answers are not read.
SELECT p.id, p.state, v.number, v.body, v.personal
FROM proposal p JOIN proposal_version v ON v.proposal_id = p.id AND v.number = p.submitted
WHERE ($1::uuid IS NULL OR p.id < $1::uuid)
  AND ($2::uuid IS NULL OR p.call_id = $2::uuid)
  AND ($3::uuid IS NULL OR p.track_id = $3::uuid)
  AND ($4::uuid IS NULL OR p.lead_id = $4::uuid)
  AND ($5::smallint IS NULL OR p.state = $5::smallint)
  AND ($6::uuid[] IS NULL OR p.call_id = ANY ($6::uuid[]))
ORDER BY p.id DESC
LIMIT $7;
