-- The feed forgets: changes before first_pos are gone, but for the last of each resource, which keeps the count of its
-- changes. Followers whose cursor is older, or of another generation, begin anew.

ALTER TABLE feed ADD COLUMN first_pos bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN feed.first_pos IS 'none; keep: forever; the first position that is served';
GRANT DELETE ON cursor, parked TO {{role}};

-- The feed begins with the first change that happened at `since` or later, or behind its end; of what lies before, at most
-- `most` changes are removed. Says how many were. The service cannot remove a change in any other way.
CREATE FUNCTION forget_changes(since timestamptz, most bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = {{schema}}, pg_temp
AS $$
  UPDATE feed SET first_pos = greatest(first_pos, coalesce(
    (SELECT min(pos) FROM change WHERE pos IS NOT NULL AND time >= since), last_pos + 1));
  WITH removed AS (
    DELETE FROM change WHERE ctid = ANY (ARRAY(
      SELECT c.ctid FROM change c
      WHERE c.pos < (SELECT first_pos FROM feed)
        AND EXISTS (SELECT 1 FROM change later
                    WHERE later.aggregatetype = c.aggregatetype AND later.aggregateid = c.aggregateid
                      AND later.seq > c.seq)
      LIMIT most))
    RETURNING 1
  )
  SELECT count(*) FROM removed;
$$;
REVOKE ALL ON FUNCTION forget_changes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_changes TO {{role}};
