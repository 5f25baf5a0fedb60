-- The feed forgets: changes before first_pos are gone, but for the last of each resource, which keeps the count of its
-- changes. Followers whose cursor is older, or of another generation, begin anew. The service can remove a change in no
-- other way than by these two functions.

ALTER TABLE feed ADD COLUMN first_pos bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN feed.first_pos IS 'none; keep: forever; the first position that is served';
GRANT DELETE ON cursor, parked TO {{role}};

-- Makes the feed begin with the first change that happened at `since` or later, or behind its end. The row is locked in a
-- statement of its own, so that the next one sees all positions given before.
CREATE FUNCTION forget_changes(since timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {{schema}}, pg_temp
AS $$
DECLARE
  kept_from bigint;
  ends_at bigint;
  begins_at bigint;
BEGIN
  SELECT first_pos, last_pos INTO kept_from, ends_at FROM feed FOR NO KEY UPDATE;
  SELECT coalesce(min(pos), ends_at + 1) INTO begins_at FROM change WHERE pos >= kept_from AND time >= since;
  IF begins_at > kept_from THEN
    UPDATE feed SET first_pos = begins_at;
  END IF;
END
$$;

-- Looks at the `most` changes after position `after` that the feed has forgotten, and removes those that are not their
-- resource's last. Answers with the position it got to; null when there are no more.
CREATE FUNCTION remove_forgotten(after bigint, most bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = {{schema}}, pg_temp
AS $$
  WITH looked AS (
    SELECT n, pos, aggregatetype, aggregateid, seq
    FROM change
    WHERE pos > after AND pos < (SELECT first_pos FROM feed)
    ORDER BY pos
    LIMIT most
  ), removed AS (
    DELETE FROM change c USING looked l
    WHERE c.n = l.n
      AND EXISTS (SELECT 1 FROM change later
                  WHERE later.aggregatetype = l.aggregatetype AND later.aggregateid = l.aggregateid
                    AND later.seq > l.seq)
  )
  SELECT max(pos) FROM looked;
$$;
REVOKE ALL ON FUNCTION forget_changes, remove_forgotten FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_changes, remove_forgotten TO {{role}};
