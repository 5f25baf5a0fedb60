-- Series.

-- name: InsertSeries
INSERT INTO series (id, state, version, create_time, update_time, body) VALUES ($1, $2, 1, $3, $3, $4)
RETURNING id, state, version, create_time, update_time, body;

-- name: LockSeries
-- The series for a change; its row stays locked until the transaction ends.
SELECT id, state, version, create_time, update_time, body FROM series WHERE id = $1 FOR NO KEY UPDATE;

-- name: SaveSeries
UPDATE series SET state = $2, version = version + 1, update_time = $3, body = $4 WHERE id = $1
RETURNING id, state, version, create_time, update_time, body;

-- name: GetSeries
-- $2: whether the caller may see drafts.
SELECT id, state, version, create_time, update_time, body FROM series WHERE id = $1 AND (state <> 1 OR $2::boolean);

-- name: ListSeries
-- Newest first, after $2; identifiers ascend with age.
SELECT id, state, version, create_time, update_time, body
FROM series
WHERE (state <> 1 OR $1::boolean)
  AND ($2::uuid IS NULL OR id < $2::uuid)
  AND ($3::smallint IS NULL OR state = $3::smallint)
ORDER BY id DESC
LIMIT $4;
