-- Messages. States: 1 QUEUED, 2 SENDING, 3 ACCEPTED, 4 IN_DOUBT, 5 TEMPORARY_FAILURE, 6 PERMANENT_FAILURE,
-- 7 TECHNICAL_FAILURE. Durations are microseconds; the queue goes by the database's clock.

-- name: InsertMessages
-- One message a recipient: $1 their ids, $2 who they are for, $3 whether staff may not see them. One that was made before
-- is not made again.
INSERT INTO message (id, purpose, object, thread, recipient, discreet, sequence, state, due_time, create_time)
SELECT u.id, $4, $5, $6, u.recipient, u.discreet, $7, 1, now(), $8
FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS u (id, recipient, discreet)
ON CONFLICT ON CONSTRAINT message_once DO NOTHING
RETURNING id, purpose, object, recipient, state, due_time, attempts, doubts, smtp_code, problem, create_time, accept_time,
          version, discreet;

-- name: ListTold
-- Who was told of any of these objects, and whether all of that was discreet.
SELECT recipient, bool_and(discreet) AS discreet FROM message WHERE object = ANY ($1::text[]) GROUP BY recipient;

-- name: BeginTelling
-- Remembers that the change $1, made at $2, is told of; no row where it was before, or where it is older than the horizon.
INSERT INTO told_change (id)
SELECT $1::uuid WHERE $2::timestamptz >= (SELECT since FROM horizon)
ON CONFLICT DO NOTHING;

-- name: LockDue
-- The message that has been due for longest: queued, or held by a worker whose lease has ended; what is final has no due
-- time. Of the messages of one thread to one recipient the earlier has to be done first, so that nobody reads of a
-- cancellation before the confirmation. Rows that others are claiming are skipped.
-- While statistics say that little is open, reading all that is open looks as cheap as finding the earlier ones of one
-- thread, and in a burst costs the whole backlog a message: `OFFSET 0` keeps the question from becoming a join, `state + 0`
-- and `id::text` from being answered by other indexes than that of threads.
SELECT m.id, m.purpose, m.object, m.recipient, m.state, m.due_time, m.attempts, m.doubts, m.handed_over, m.smtp_code,
       m.problem, m.create_time, m.accept_time, m.version, m.discreet
FROM message m
WHERE m.due_time <= now()
  AND NOT EXISTS (SELECT 1 FROM message earlier
                  WHERE earlier.thread = m.thread AND earlier.recipient = m.recipient
                    AND earlier.id::text COLLATE "C" < m.id::text AND earlier.state + 0 IN (1, 2)
                  OFFSET 0)
ORDER BY m.due_time
LIMIT 1
FOR NO KEY UPDATE OF m SKIP LOCKED;

-- name: ClaimMessage
-- A locked message for the worker $2, for $3; claim fences whoever had it before.
UPDATE message
SET state = 2, due_time = now() + $3::bigint * interval '1 microsecond', attempts = $4, doubts = $5, claim = claim + 1,
    lease_owner = $2, handed_over = false, smtp_code = $6, problem = $7, version = version + 1
WHERE id = $1
RETURNING id, purpose, object, recipient, state, due_time, attempts, doubts, claim, smtp_code, problem, create_time,
          accept_time, version;

-- name: RenewLease
UPDATE message SET due_time = now() + $4::bigint * interval '1 microsecond'
WHERE id = $1 AND lease_owner = $2 AND claim = $3 AND state = 2;

-- name: MarkHandedOver
UPDATE message SET handed_over = true WHERE id = $1 AND lease_owner = $2 AND claim = $3 AND state = 2;

-- name: LockHeld
-- The message, if the worker still has it: nobody has claimed it since.
SELECT id, purpose, object, recipient, state, due_time, attempts, doubts, smtp_code, problem, create_time, accept_time,
       version, discreet
FROM message WHERE id = $1 AND lease_owner = $2 AND claim = $3 AND state = 2
FOR NO KEY UPDATE;

-- name: SaveOutcome
-- A locked message after its attempt: final, or due again after $8.
UPDATE message
SET state = $2::smallint, attempts = $3, doubts = $4, smtp_code = $5, problem = $6, accept_time = $7,
    due_time = CASE WHEN $2::smallint = 1 THEN now() + $8::bigint * interval '1 microsecond' END,
    lease_owner = NULL, handed_over = false, version = version + 1
WHERE id = $1
RETURNING id, purpose, object, recipient, state, due_time, attempts, doubts, smtp_code, problem, create_time, accept_time,
          version;

-- name: GetMessage
SELECT id, purpose, object, recipient, state, due_time, attempts, doubts, smtp_code, problem, create_time, accept_time,
       version
FROM message WHERE id = $1 AND NOT discreet;

-- name: ListMessages
-- Newest first: ids are made by the clock. After $1.
SELECT id, purpose, object, recipient, state, due_time, attempts, doubts, smtp_code, problem, create_time, accept_time,
       version
FROM message
WHERE NOT discreet
  AND ($1::uuid IS NULL OR id < $1::uuid)
  AND ($2::smallint IS NULL OR state = $2::smallint)
  AND ($3::smallint IS NULL OR purpose = $3::smallint)
  AND ($4::text IS NULL OR object = $4::text)
ORDER BY id DESC
LIMIT $5;

-- name: MeasureQueue
-- How many messages wait or are being sent, and how long the oldest one has been due.
SELECT count(*) FILTER (WHERE state = 1) AS queued, count(*) FILTER (WHERE state = 2) AS sending,
       coalesce((extract(epoch FROM now() - min(due_time)) * 1000000)::bigint, 0) AS lag
FROM message WHERE state IN (1, 2);
