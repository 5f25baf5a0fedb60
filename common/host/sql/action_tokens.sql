-- Action tokens that were taken back.

-- name: RevokeActionTokens
-- Never earlier than before.
INSERT INTO action_token_revocation AS r (resource, before) VALUES ($1, $2)
ON CONFLICT (resource) DO UPDATE SET before = greatest(r.before, excluded.before)
RETURNING before;

-- name: RevokedBefore
SELECT before FROM action_token_revocation WHERE resource = $1;
