-- Registrations. Whoever writes one holds the lock of its session.

-- name: FindLiveAttendees
-- Which of the attendees $2 have a live registration for the session $1, or for another of its choice ($3, $4).
SELECT attendee_key, true AS same_session
FROM attendee WHERE live AND session_id = $1 AND attendee_key = ANY ($2::text[])
UNION ALL
SELECT attendee_key, false
FROM attendee
WHERE live AND choice_group IS NOT NULL AND series_id = $3 AND choice_group = $4 AND session_id <> $1
  AND attendee_key = ANY ($2::text[]);

-- name: InsertRegistrations
-- A batch of registrations of session $1 ($2 to $10 and $16, one element each) and their attendees ($13 to $15).
WITH registered AS (
  INSERT INTO registration (id, session_id, state, arrival, seats, person_key, holder_key, receive_time, body, personal,
                            sealed, version)
  SELECT r.id, $1::uuid, r.state, r.arrival, r.seats, r.person_key, r.holder_key, r.receive_time, r.body, r.personal,
         r.sealed, 1
  FROM unnest($2::uuid[], $3::smallint[], $4::bigint[], $5::int[], $6::text[], $7::timestamptz[], $8::bytea[],
              $9::bytea[], $10::bytea[], $16::text[])
       AS r (id, state, arrival, seats, person_key, receive_time, body, personal, sealed, holder_key)
)
INSERT INTO attendee (registration_id, ordinal, session_id, series_id, choice_group, attendee_key, live)
SELECT a.registration_id, a.ordinal, $1::uuid, $11::uuid, $12::text, a.attendee_key, true
FROM unnest($13::uuid[], $14::smallint[], $15::text[]) AS a (registration_id, ordinal, attendee_key)
-- Two sessions of a choice that share people take the keys in one order, and so cannot deadlock.
ORDER BY a.attendee_key;

-- name: GetRegistration
-- $3: the keys of the person whose registration it has to be, $5: that of the address to which its action token went; both
-- NULL for callers who see all. $6: the series of which alone registrations exist; NULL: all. $4: whether to count the line
-- before it.
SELECT r.id, r.session_id, r.state, r.version, r.person_key, r.holder_key, r.receive_time, r.body, r.personal, r.sealed,
       CASE WHEN r.state = 2 AND $4::boolean THEN (SELECT count(*) FROM registration w
                                   WHERE w.session_id = r.session_id AND w.state = 2 AND w.arrival <= r.arrival)
            ELSE 0 END AS waiting_position
FROM registration r
WHERE r.id = $2 AND r.session_id = $1
  AND ($3::text[] IS NULL OR r.holder_key = ANY ($3::text[]) OR r.person_key = $5::text)
  AND ($6::uuid[] IS NULL OR EXISTS (SELECT 1 FROM session s WHERE s.id = r.session_id AND s.series_id = ANY ($6::uuid[])));

-- name: ListRegistrations
-- In order of arrival, after $3; $2: the keys of the person whose own alone exist. Answers are not read. The line is
-- counted once a page: each position adds those who came since the one before it.
WITH page AS (
  SELECT r.id, r.session_id, r.state, r.version, r.person_key, r.holder_key, r.receive_time, r.arrival, r.body, r.personal
  FROM registration r
  WHERE r.session_id = $1
    AND ($2::text[] IS NULL OR r.holder_key = ANY ($2::text[]))
    AND r.arrival > $3::bigint
    AND ($4::smallint IS NULL OR r.state = $4::smallint)
  ORDER BY r.arrival
  LIMIT $5
), waiter AS (
  SELECT id, arrival, coalesce(lag(arrival) OVER (ORDER BY arrival), 0) AS previous FROM page WHERE state = 2
), counted AS (
  SELECT waiter.id, sum(since.waiting) OVER (ORDER BY waiter.arrival) AS position
  FROM waiter, LATERAL (SELECT count(*) AS waiting FROM registration w
                        WHERE w.session_id = $1 AND w.state = 2
                          AND w.arrival > waiter.previous AND w.arrival <= waiter.arrival) AS since
)
SELECT page.*, coalesce(counted.position, 0)::int AS waiting_position
FROM page LEFT JOIN counted USING (id)
ORDER BY page.arrival;

-- name: HeadOfLine
-- The first in line of session $1, $2 of them at most.
SELECT id, session_id, state, version, seats, person_key, receive_time, body
FROM registration WHERE session_id = $1 AND state = 2 ORDER BY arrival LIMIT $2;

-- name: LargestWaitingParty
-- How many seats the largest party in line of session $1 needs; 0 where nobody waits.
SELECT coalesce(max(seats), 0) AS seats FROM registration WHERE session_id = $1 AND state = 2;

-- name: SaveRegistrations
-- New states and bodies; row n answers registration n.
UPDATE registration r
SET state = s.state, body = s.body, version = r.version + 1
FROM unnest($1::uuid[], $2::smallint[], $3::bytea[]) WITH ORDINALITY AS s (id, state, body, n)
WHERE r.id = s.id
RETURNING s.n, r.version;

-- name: RewriteRegistration
-- All that is written of it but its state.
UPDATE registration SET body = $2, personal = $3, sealed = $4, version = version + 1 WHERE id = $1 RETURNING version;

-- name: FreeAttendees
-- The attendees of a registration that was given up may register again.
UPDATE attendee SET live = false WHERE registration_id = $1;
