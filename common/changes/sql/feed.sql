-- name: ReadFeed
-- The feed's last position, and how many changes may have none: from the oldest without one to the newest. Looking for
-- one alone makes the planner walk the index in order, and so forget the entries of changes that were numbered: a count
-- would read those again and again.
SELECT last_pos,
       coalesce((SELECT max(n) FROM change) - (SELECT min(n) FROM change WHERE pos IS NULL) + 1, 0)
         AS unsequenced
FROM feed;

-- name: TryLockFeed
-- One row where this transaction may number, none where another does. In a statement of its own: the next one has to see
-- all numbers given before. A row's lock, since an advisory one anybody with a login can hold.
SELECT 1 FROM feed FOR NO KEY UPDATE SKIP LOCKED;

-- name: LockFeed
-- The same, waiting for whoever numbers now.
SELECT 1 FROM feed FOR NO KEY UPDATE;

-- name: NumberChanges
-- Gives the oldest committed changes without a position the next ones, in the order of n.
WITH next AS (
  SELECT n, row_number() OVER (ORDER BY n) AS k
  FROM (SELECT n FROM change WHERE pos IS NULL ORDER BY n LIMIT 1000) AS oldest
), numbered AS (
  UPDATE change
  SET generation = (SELECT generation FROM feed), pos = (SELECT last_pos FROM feed) + next.k
  FROM next
  WHERE change.n = next.n
  RETURNING change.n
)
UPDATE feed SET last_pos = last_pos + (SELECT count(*) FROM numbered)
RETURNING last_pos, (SELECT count(*) FROM numbered) AS numbered;

-- name: ListChanges
-- The page after position $1, with the feed's end as of the same instant; one row without a change where there is none.
-- $2: internal ones too; $6: of what is about a call or series only that about one of these, NULL: all. At most $3
-- changes, until $4 bytes are reached, among the next $5 positions.
SELECT f.generation, f.first_pos, f.last_pos, c.pos, c.id, c.source, c.type, c.subject, c.time, c.payload, c.seq,
       c.trace
FROM (SELECT generation, first_pos, last_pos, greatest($1::bigint, first_pos - 1) AS after FROM feed LIMIT 1) AS f
LEFT JOIN LATERAL (
  SELECT pos, id, source, type, subject, time, payload, seq, trace
  FROM (
    SELECT pos, id, source, type, subject, time, payload, seq, trace,
           sum(octet_length(payload)) OVER (ORDER BY pos ROWS UNBOUNDED PRECEDING)
             - octet_length(payload) AS bytes_before
    FROM change
    WHERE pos > f.after AND pos <= least(f.after, f.last_pos) + $5::bigint
      AND ($2::boolean OR audience = 'PUBLIC')
      AND ($6::text[] IS NULL OR scope && $6::text[]
           OR NOT EXISTS (SELECT FROM unnest(scope) AS s WHERE s LIKE 'calls/%' OR s LIKE 'series/%'))
    ORDER BY pos
    LIMIT $3::bigint
  ) AS page
  WHERE bytes_before < $4::bigint
) AS c ON true
ORDER BY c.pos;

-- name: ReadPosition
-- The feed's end, for a list that is read after it.
SELECT generation, last_pos FROM feed;
