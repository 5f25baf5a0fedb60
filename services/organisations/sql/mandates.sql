-- Mandates. States: 1 INVITED, 2 ACTIVE, 3 REVOKED, 4 EXPIRED. Roles: 1 VIEWER, 2 EDITOR, 3 SIGNATORY.

-- name: InsertMandate
INSERT INTO mandate (id, organisation_id, state, role, person_key, holder_key, expire_time, version, body, personal)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)
RETURNING id, organisation_id, state, role, person_key, holder_key, version, body, personal;

-- name: FindOrganisation
SELECT id FROM organisation WHERE id = $1;

-- name: FindLiveMandate
-- The mandate of person $2 that is open or in force, locked.
SELECT id, organisation_id, state, role, person_key, holder_key, version, body, personal
FROM mandate WHERE organisation_id = $1 AND person_key = $2 AND state IN (1, 2) FOR NO KEY UPDATE;

-- name: FindRole
-- How far the person with the keys $2 may act for organisation $1; 0: not at all.
SELECT coalesce(max(role), 0)::int AS role FROM mandate
WHERE organisation_id = $1 AND holder_key = ANY ($2::text[]) AND state = 2;

-- name: FindRolesOf
-- The organisations that the person with the keys $1 may act for, and how far.
SELECT organisation_id, max(role)::int AS role FROM mandate
WHERE holder_key = ANY ($1::text[]) AND state = 2
GROUP BY organisation_id;

-- name: LockMandate
-- The mandate for a change; its row stays locked until the transaction ends. $3 as in GetMandate.
SELECT id, organisation_id, state, role, person_key, holder_key, version, body, personal
FROM mandate m
WHERE m.id = $2 AND m.organisation_id = $1
  AND ($3::text[] IS NULL OR m.holder_key = ANY ($3::text[])
       OR EXISTS (SELECT 1 FROM mandate s
                  WHERE s.organisation_id = m.organisation_id AND s.holder_key = ANY ($3::text[]) AND s.state = 2 AND s.role = 3))
FOR NO KEY UPDATE OF m;

-- name: SaveMandate
UPDATE mandate SET state = $2, holder_key = $3, version = version + 1, body = $4 WHERE id = $1
RETURNING id, organisation_id, state, role, person_key, holder_key, version, body, personal;

-- name: GetMandate
-- $3: the keys of the person for whom alone it exists, as its holder or as a signatory of the organisation; NULL for callers who see
-- all.
SELECT id, organisation_id, state, role, person_key, holder_key, version, body, personal
FROM mandate m
WHERE m.id = $2 AND m.organisation_id = $1
  AND ($3::text[] IS NULL OR m.holder_key = ANY ($3::text[])
       OR EXISTS (SELECT 1 FROM mandate s
                  WHERE s.organisation_id = m.organisation_id AND s.holder_key = ANY ($3::text[]) AND s.state = 2 AND s.role = 3));

-- name: ListMandates
-- In the order in which they were given, after $3; $2 as in GetMandate, $1 NULL for all organisations.
SELECT id, organisation_id, state, role, person_key, holder_key, version, body, personal
FROM mandate m
WHERE ($1::uuid IS NULL OR m.organisation_id = $1::uuid)
  AND ($2::text[] IS NULL OR m.holder_key = ANY ($2::text[])
       OR EXISTS (SELECT 1 FROM mandate s
                  WHERE s.organisation_id = m.organisation_id AND s.holder_key = ANY ($2::text[]) AND s.state = 2 AND s.role = 3))
  AND ($3::uuid IS NULL OR m.id > $3::uuid)
  AND ($4::smallint IS NULL OR m.state = $4::smallint)
  AND ($5::smallint IS NULL OR m.role = $5::smallint)
ORDER BY m.id
LIMIT $6;

-- name: LockExpired
-- At most $2 invitations that were not accepted before $1, and that nobody is answering now.
SELECT id, organisation_id, state, role, person_key, holder_key, version, body, personal
FROM mandate WHERE state = 1 AND expire_time <= $1 ORDER BY expire_time LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED;
