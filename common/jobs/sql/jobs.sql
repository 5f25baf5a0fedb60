-- name: AddJob
-- The job's row, which stays for ever.
INSERT INTO job (name) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: ListJobs
-- When each job last began.
SELECT name, last_run FROM job;

-- name: ClaimJob
-- Takes the job $1 for the run $2, unless another has it or it has begun after $5. $3: lease in milliseconds, by the
-- database's clock; $4: now, by the injected clock.
UPDATE job
SET lease_owner = $2::uuid, lease_until = now() + $3::bigint * interval '1 ms', last_run = $4::timestamptz
WHERE name = $1 AND (lease_until IS NULL OR lease_until < now())
  AND (last_run IS NULL OR last_run <= $5::timestamptz);

-- name: ReleaseJob
-- Gives the job back, unless the lease ended and another run has it.
UPDATE job SET lease_owner = NULL, lease_until = NULL WHERE name = $1 AND lease_owner = $2::uuid;
