-- name: ReadCursor
-- How far the feed that $1 follows was applied.
SELECT generation, pos FROM cursor WHERE source = $1;

-- name: MakeCursor
-- The first row for the feed that $1 follows; another replica may have made it.
INSERT INTO cursor (source, generation, pos) VALUES ($1, $2::uuid, 0) ON CONFLICT DO NOTHING;

-- name: LockCursor
-- The same, for whoever applies next: one replica at a time.
SELECT generation, pos FROM cursor WHERE source = $1 FOR NO KEY UPDATE;

-- name: MoveCursor
-- Moves on, in the transaction of the effect.
UPDATE cursor SET generation = $2::uuid, pos = $3::bigint, at = now() WHERE source = $1;

-- name: DeleteCursor
-- Forgets how far the feed was applied, if nobody has moved on meanwhile.
DELETE FROM cursor WHERE source = $1 AND generation = $2::uuid AND pos = $3::bigint;

-- name: DeleteParked
-- Forgets what was put aside.
DELETE FROM parked WHERE source = $1;

-- name: ListParkedSubjects
-- Those of the resources $2 that have a parked change.
SELECT DISTINCT subject FROM parked WHERE source = $1 AND subject = ANY ($2::text[]);

-- name: ParkChange
-- Puts a change aside.
INSERT INTO parked (source, generation, pos, subject, change, reason)
VALUES ($1, $2::uuid, $3::bigint, $4, $5::bytea, $6);

-- name: CountParked
-- How many changes of the feed that $1 follows are parked.
SELECT count(*) AS parked FROM parked WHERE source = $1;
