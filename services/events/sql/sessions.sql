-- Sessions.

-- name: InsertSession
INSERT INTO session (id, series_id, state, mode, regions, choice_group, begins, capacity, version, create_time,
                     update_time, body)
VALUES ($1, $2, $3, $4, $5::smallint[], $6, $7, $8, 1, $9, $9, $10)
RETURNING id, state, capacity, confirmed_seats, waiting_seats, version, create_time, update_time, body;

-- name: LockSession
-- The session and its line for a change; its row stays locked until the transaction ends. What is read of its
-- registrations is read in later statements, which see everything that earlier holders of the lock did.
SELECT id, state, capacity, confirmed_seats, waiting_seats, waiting, next_arrival, version, create_time, update_time, body
FROM session WHERE id = $1 FOR NO KEY UPDATE;

-- name: SaveSession
UPDATE session
SET state = $2, mode = $3, regions = $4::smallint[], choice_group = $5, begins = $6, capacity = $7,
    version = version + 1, update_time = $8, body = $9
WHERE id = $1
RETURNING id, state, capacity, confirmed_seats, waiting_seats, version, create_time, update_time, body;

-- name: SaveLine
-- Seats taken and waited for; not a change of the session.
UPDATE session SET confirmed_seats = $2, waiting_seats = $3, waiting = $4, next_arrival = $5 WHERE id = $1;

-- name: GetSessions
-- Many calls' sessions at once: $1 their ids, $2 whether each caller may see drafts. Row n answers call n.
SELECT q.n::int AS n, s.id, s.state, s.capacity, s.confirmed_seats, s.waiting_seats, s.version, s.create_time,
       s.update_time, s.body
FROM unnest($1::uuid[], $2::boolean[]) WITH ORDINALITY AS q (id, drafts, n)
JOIN session s ON s.id = q.id AND (s.state <> 1 OR q.drafts);

-- name: ListSessions
-- By beginning, those without one last, after ($2, $3).
SELECT id, state, capacity, confirmed_seats, waiting_seats, version, create_time, update_time, begins, body
FROM session
WHERE (state <> 1 OR $1::boolean)
  AND ($3::uuid IS NULL OR (begins, id) > ($2::timestamptz, $3::uuid))
  AND ($4::uuid IS NULL OR series_id = $4::uuid)
  AND ($5::smallint IS NULL OR state = $5::smallint)
  AND ($6::smallint IS NULL OR mode = $6::smallint)
  AND ($7::smallint IS NULL OR regions = '{}' OR $7::smallint = ANY (regions))
ORDER BY begins, id
LIMIT $8;

-- name: ListSiblings
-- The published sessions of a series, soonest first: candidates to name in a refusal to the attendees $3, who have no live
-- registration there or in its choice. What began before $4 is left out; what is known to the month begins with its first day.
SELECT id, state, capacity, confirmed_seats, waiting_seats, version, create_time, update_time, body
FROM session WHERE series_id = $1 AND state = 2 AND id <> $2 AND begins > $4::timestamptz - interval '1 month'
  AND NOT EXISTS (SELECT 1 FROM attendee a
                  WHERE a.live AND a.session_id = session.id AND a.attendee_key = ANY ($3::text[]))
  AND NOT EXISTS (SELECT 1 FROM attendee a
                  WHERE a.live AND a.choice_group IS NOT NULL AND a.series_id = session.series_id
                    AND a.choice_group = session.choice_group AND a.attendee_key = ANY ($3::text[]))
ORDER BY begins, id LIMIT 50;
