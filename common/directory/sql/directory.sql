-- The copy of the organisations register.

-- name: SaveOrganisations
-- Newer versions replace older ones: what was asked for may be ahead of the feed.
INSERT INTO directory_organisation (id, version, body)
SELECT u.id, u.version, u.body FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS u (id, version, body)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
WHERE directory_organisation.version < excluded.version;

-- name: SaveMandates
INSERT INTO directory_mandate (id, version, organisation_id, person_key, holder_key, role, in_force)
SELECT u.id, u.version, u.organisation_id, u.person_key, u.holder_key, u.role, u.in_force
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::boolean[])
     AS u (id, version, organisation_id, person_key, holder_key, role, in_force)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, person_key = excluded.person_key,
  holder_key = excluded.holder_key, role = excluded.role, in_force = excluded.in_force
WHERE directory_mandate.version < excluded.version;

-- name: DeleteOrganisations
-- Before the whole register is copied.
DELETE FROM directory_organisation;

-- name: DeleteMandates
DELETE FROM directory_mandate;

-- name: FindOrganisations
SELECT body FROM directory_organisation WHERE id = ANY ($1::uuid[]);

-- name: FindMandates
-- Row n answers question n; the farthest mandate counts. The person has the address with the key in $1 and the account
-- with that in $2; where $3 says so, somebody else speaks of them, who knows the address alone.
SELECT q.n::int AS n, max(m.role)::int AS role
FROM unnest($1::text[], $2::text[], $3::boolean[], $4::uuid[])
       WITH ORDINALITY AS q (person_key, account, by_address, organisation_id, n)
CROSS JOIN LATERAL (
  SELECT role FROM directory_mandate
  WHERE in_force AND NOT q.by_address AND holder_key IN (q.person_key, q.account)
    AND organisation_id = q.organisation_id
  UNION ALL
  SELECT role FROM directory_mandate
  WHERE in_force AND q.by_address AND person_key = q.person_key AND organisation_id = q.organisation_id
) AS m
GROUP BY q.n;
