-- The copy of the organisations register.

-- name: SaveOrganisations
-- Newer versions replace older ones: what was asked for may be ahead of the feed.
INSERT INTO directory_organisation (id, version, body)
SELECT u.id, u.version, u.body FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS u (id, version, body)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
WHERE directory_organisation.version < excluded.version;

-- name: SaveMandates
INSERT INTO directory_mandate (id, version, organisation_id, person_key, role, in_force)
SELECT u.id, u.version, u.organisation_id, u.person_key, u.role, u.in_force
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::smallint[], $6::boolean[])
     AS u (id, version, organisation_id, person_key, role, in_force)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, person_key = excluded.person_key, role = excluded.role,
  in_force = excluded.in_force
WHERE directory_mandate.version < excluded.version;

-- name: DeleteOrganisations
-- Before the whole register is copied.
DELETE FROM directory_organisation;

-- name: DeleteMandates
DELETE FROM directory_mandate;

-- name: FindOrganisations
SELECT body FROM directory_organisation WHERE id = ANY ($1::uuid[]);

-- name: FindMandates
-- Row n answers question n; the farthest mandate counts.
SELECT q.n::int AS n, max(m.role)::int AS role
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS q (person_key, organisation_id, n)
JOIN directory_mandate m ON m.in_force AND m.person_key = q.person_key AND m.organisation_id = q.organisation_id
GROUP BY q.n;
