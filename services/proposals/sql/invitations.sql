-- Invitations. Whoever writes one holds the lock of its proposal.

-- name: InsertInvitation
INSERT INTO invitation (id, proposal_id, organisation_id, state, version, body) VALUES ($1, $2, $3, $4, 1, $5)
RETURNING version;

-- name: SaveInvitation
UPDATE invitation SET state = $2, version = version + 1, body = $3 WHERE id = $1 RETURNING version;

-- name: LastInvitation
-- The last invitation of the organisation $2 to the proposal $1; identifiers ascend with age.
SELECT id, proposal_id, state, version, body
FROM invitation
WHERE proposal_id = $1 AND organisation_id = $2
ORDER BY id DESC
LIMIT 1;

-- name: CountInvitations
-- How often the organisation $2 was invited to the proposal $1.
SELECT count(*) AS invitations FROM invitation WHERE proposal_id = $1 AND organisation_id = $2;

-- name: GetInvitation
-- $3: a person, for whom those of organisations exist that they may write for; NULL for callers for whom all do. $4: the
-- organisation that has an action token for it.
SELECT i.id, i.proposal_id, i.state, i.version, i.body
FROM invitation i
WHERE i.id = $2 AND i.proposal_id = $1
  AND ($3::text[] IS NULL OR i.organisation_id = $4::uuid
       OR EXISTS (SELECT 1 FROM directory_mandate m
                  WHERE m.in_force AND m.holder_key = ANY ($3::text[]) AND m.organisation_id = i.organisation_id
                    AND m.role >= 2));
