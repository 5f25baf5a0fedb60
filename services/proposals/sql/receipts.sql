-- What was submitted, and the receipts for it. For a person, whose key is given, those of proposals exist that they are
-- an author of; where the key is NULL, all do.

-- name: InsertVersion
INSERT INTO proposal_version (proposal_id, number, digest, body, personal, sealed) VALUES ($1, $2, $3, $4, $5, $6);

-- name: GetReceipt
SELECT v.proposal_id, v.number, v.digest, v.body, v.personal
FROM proposal_version v
WHERE v.proposal_id = $1 AND v.number = $2
  AND ($3::text[] IS NULL
       OR EXISTS (SELECT 1 FROM author a WHERE a.proposal_id = v.proposal_id AND a.holder_key = ANY ($3::text[])));

-- name: ListReceipts
-- Oldest first, after $3.
SELECT v.proposal_id, v.number, v.digest, v.body, v.personal
FROM proposal_version v
WHERE v.proposal_id = $1
  AND ($2::text[] IS NULL
       OR EXISTS (SELECT 1 FROM author a WHERE a.proposal_id = v.proposal_id AND a.holder_key = ANY ($2::text[])))
  AND v.number > $3::int
ORDER BY v.number
LIMIT $4;
