-- The tables that every service has: its change feed, its places in other feeds, the requests that it has answered,
-- its audit trail and its timers. The runner makes `migration` itself.
--
-- Every column says in its comment whether it holds personal data and how long it is kept:
--
--   <none|personal|sensitive>; keep: <class>; <what it holds>
--
--   none       nothing about a person           forever  as long as the service exists
--   personal   about a person, or a pseudonym   7d       seven days
--   sensitive  GDPR, article 9                  row      until the row is deleted by what it belongs to
--
-- A service adds classes of its own, in lower case, and says what they mean in its first migration.
-- testing::UntaggedColumns finds the columns without.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA {{schema}} TO {{role}}, {{audit_role}};

-- What happened, in the transaction in which it did. The sequencer gives `pos` after the commit, in the order of `n`.
-- The names are those of Debezium's outbox event router.
CREATE TABLE change (
  n bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT change_n PRIMARY KEY,
  id uuid NOT NULL,
  source text NOT NULL,
  aggregatetype text NOT NULL,
  aggregateid text NOT NULL,
  seq bigint NOT NULL,
  type text NOT NULL,
  subject text NOT NULL,
  time timestamptz NOT NULL,
  audience text NOT NULL,
  scope text[] NOT NULL DEFAULT '{}',
  payload bytea NOT NULL,
  trace text NOT NULL DEFAULT '',
  generation uuid,
  pos bigint,
  CONSTRAINT change_id UNIQUE (id),
  CONSTRAINT change_sequence UNIQUE (aggregatetype, aggregateid, seq),
  CONSTRAINT change_audience CHECK (audience IN ('INTERNAL', 'PUBLIC')),
  CONSTRAINT change_counts_from_one CHECK (seq > 0),
  CONSTRAINT change_numbered_whole CHECK ((generation IS NULL) = (pos IS NULL))
);
CREATE UNIQUE INDEX change_position ON change (pos) WHERE pos IS NOT NULL;
CREATE INDEX change_unnumbered ON change (n) WHERE pos IS NULL;
COMMENT ON COLUMN change.n IS 'none; keep: forever; order of insertion';
COMMENT ON COLUMN change.id IS 'none; keep: forever; id of the CloudEvent';
COMMENT ON COLUMN change.source IS 'none; keep: forever; the service, such as //scharnier/events';
COMMENT ON COLUMN change.aggregatetype IS 'none; keep: forever; kind of resource, such as registration';
COMMENT ON COLUMN change.aggregateid IS 'none; keep: forever; last part of the resource''s name';
COMMENT ON COLUMN change.seq IS 'none; keep: forever; the how-manieth change of the resource, from 1';
COMMENT ON COLUMN change.type IS 'none; keep: forever; what happened, with the proto package in front';
COMMENT ON COLUMN change.subject IS 'none; keep: forever; name of the resource';
COMMENT ON COLUMN change.time IS 'none; keep: forever; instant of the call, by the injected clock';
COMMENT ON COLUMN change.audience IS 'none; keep: forever; who may read it, INTERNAL or PUBLIC';
COMMENT ON COLUMN change.scope IS 'none; keep: forever; names of call, organisations and regions that a rule may ask for';
COMMENT ON COLUMN change.payload IS 'none; keep: forever; the resource after the change, personal and sensitive fields cleared';
COMMENT ON COLUMN change.trace IS 'none; keep: forever; W3C traceparent of the call';
COMMENT ON COLUMN change.generation IS 'none; keep: forever; generation of the feed in which it was numbered';
COMMENT ON COLUMN change.pos IS 'none; keep: forever; position in the feed; null until the sequencer has seen it';
GRANT SELECT, INSERT, UPDATE (generation, pos) ON change TO {{role}};

-- The one feed of the service. An operator who restores a backup gives it a new generation.
CREATE TABLE feed (
  one boolean CONSTRAINT feed_one_key PRIMARY KEY DEFAULT true CONSTRAINT feed_one CHECK (one),
  generation uuid NOT NULL,
  last_pos bigint NOT NULL CONSTRAINT feed_position CHECK (last_pos >= 0)
);
INSERT INTO feed (generation, last_pos) VALUES (gen_random_uuid(), 0);
COMMENT ON COLUMN feed.one IS 'none; keep: forever; true: there is one row';
COMMENT ON COLUMN feed.generation IS 'none; keep: forever; positions of another generation mean nothing';
COMMENT ON COLUMN feed.last_pos IS 'none; keep: forever; the last position given';
GRANT SELECT, UPDATE (last_pos) ON feed TO {{role}};

-- How far this service has applied the feed of another.
CREATE TABLE cursor (
  source text CONSTRAINT cursor_key PRIMARY KEY,
  generation uuid NOT NULL,
  pos bigint NOT NULL CONSTRAINT cursor_position CHECK (pos >= 0),
  at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN cursor.source IS 'none; keep: forever; the service whose feed it is, such as events';
COMMENT ON COLUMN cursor.generation IS 'none; keep: forever; generation of that feed';
COMMENT ON COLUMN cursor.pos IS 'none; keep: forever; the last position applied or parked';
COMMENT ON COLUMN cursor.at IS 'none; keep: forever; when it last moved, by the database''s clock';
GRANT SELECT, INSERT, UPDATE (generation, pos, at) ON cursor TO {{role}};

-- Changes of another service that could not be applied, and the later ones of the same resource.
CREATE TABLE parked (
  source text NOT NULL,
  generation uuid NOT NULL,
  pos bigint NOT NULL,
  subject text NOT NULL,
  change bytea NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT parked_key PRIMARY KEY (source, generation, pos)
);
CREATE INDEX parked_subject ON parked (source, subject);
COMMENT ON COLUMN parked.source IS 'none; keep: row; the service whose feed it came from';
COMMENT ON COLUMN parked.generation IS 'none; keep: row; generation of that feed';
COMMENT ON COLUMN parked.pos IS 'none; keep: row; its position there';
COMMENT ON COLUMN parked.subject IS 'none; keep: row; name of the resource';
COMMENT ON COLUMN parked.change IS 'none; keep: row; the scharnier.changes.v1.Change, which holds no personal data';
COMMENT ON COLUMN parked.reason IS 'none; keep: row; code and reason of the error, or that an earlier change is parked';
COMMENT ON COLUMN parked.at IS 'none; keep: row; when, by the database''s clock';
GRANT SELECT, INSERT ON parked TO {{role}};

-- The mutations that were answered OK: the same request_id has one effect.
CREATE TABLE request_log (
  caller text NOT NULL,
  rpc text NOT NULL,
  request_id uuid NOT NULL,
  fingerprint bytea NOT NULL,
  resource text,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT request_log_key PRIMARY KEY (caller, rpc, request_id)
) WITH (fillfactor = 70);  -- room for the update that follows each insert
CREATE INDEX request_log_at ON request_log (at);
COMMENT ON COLUMN request_log.caller IS 'personal; keep: 7d; role and subject of the caller, a pseudonym';
COMMENT ON COLUMN request_log.rpc IS 'none; keep: 7d; full name of the method';
COMMENT ON COLUMN request_log.request_id IS 'none; keep: 7d; chosen by the caller';
COMMENT ON COLUMN request_log.fingerprint IS 'personal; keep: 7d; SHA-256 of the request without request_id';
COMMENT ON COLUMN request_log.resource IS 'none; keep: 7d; name of the resource it made or changed; set before the commit';
COMMENT ON COLUMN request_log.at IS 'none; keep: 7d; when, by the database''s clock';
GRANT SELECT, DELETE, INSERT (caller, rpc, request_id, fingerprint), UPDATE (resource) ON request_log TO {{role}};

-- One row a mutation of a resource, and one a call that was denied. The service adds; it cannot read, change, back-date
-- or remove. People read it by a login of its own, which sees a view and nothing else.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_key PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  subject text NOT NULL,
  via text NOT NULL DEFAULT '',
  method text NOT NULL,
  request_id uuid,
  resource text NOT NULL,
  fields text[] NOT NULL DEFAULT '{}',
  before jsonb NOT NULL DEFAULT '{}',
  after jsonb NOT NULL DEFAULT '{}',
  hashes jsonb NOT NULL DEFAULT '{}',
  decision text NOT NULL DEFAULT 'ALLOWED' CONSTRAINT audit_decision CHECK (decision IN ('ALLOWED', 'DENIED')),
  discreet boolean NOT NULL DEFAULT false,
  reason text NOT NULL DEFAULT '',
  trace text NOT NULL DEFAULT ''
);
-- For the lists: all of it, and that of one resource.
CREATE INDEX audit_at ON audit (at, id) WHERE NOT discreet;
CREATE INDEX audit_resource ON audit (resource, at, id) WHERE NOT discreet;
COMMENT ON COLUMN audit.id IS 'none; keep: forever; order of insertion';
COMMENT ON COLUMN audit.at IS 'none; keep: forever; when, by the database''s clock';
COMMENT ON COLUMN audit.tx IS 'none; keep: forever; the transaction';
COMMENT ON COLUMN audit.subject IS 'personal; keep: forever; role and subject of the caller, a pseudonym';
COMMENT ON COLUMN audit.via IS 'none; keep: forever; the service or programme that passed the call on';
COMMENT ON COLUMN audit.method IS 'none; keep: forever; full name of the method, or the job';
COMMENT ON COLUMN audit.request_id IS 'none; keep: forever; null for background work';
COMMENT ON COLUMN audit.resource IS 'none; keep: forever; name of the resource; empty: none was named';
COMMENT ON COLUMN audit.fields IS 'none; keep: forever; paths of the fields that changed';
COMMENT ON COLUMN audit.before IS 'none; keep: forever; values before, by path, of fields without personal data';
COMMENT ON COLUMN audit.after IS 'none; keep: forever; values after, by path, of fields without personal data';
COMMENT ON COLUMN audit.hashes IS 'personal; keep: forever; keyed hashes before and after, by path, of personal fields';
COMMENT ON COLUMN audit.decision IS 'none; keep: forever; whether the call was let in';
COMMENT ON COLUMN audit.discreet IS 'none; keep: forever; whether it tells of what staff may not know, such as drafts';
COMMENT ON COLUMN audit.reason IS 'personal; keep: forever; why, where the caller had to say, or was denied';
COMMENT ON COLUMN audit.trace IS 'none; keep: forever; W3C traceparent of the call';
GRANT INSERT (subject, via, method, request_id, resource, fields, before, after, hashes, decision, discreet, reason, trace)
  ON audit TO {{role}};

-- What people may read of it. Not a security_barrier, through which the planner sorts a whole trail to find the newest:
-- whoever has this login to ask clever questions with has the service's, which knows the drafts themselves.
CREATE VIEW audit_entry AS
SELECT id, at, subject, via, method, request_id, resource, fields, before, after, decision, reason, trace
FROM audit
WHERE NOT discreet;
GRANT SELECT ON audit_entry TO {{audit_role}};

-- Timers: who runs one now, and when it last began.
CREATE TABLE job (
  name text CONSTRAINT job_key PRIMARY KEY,
  last_run timestamptz,
  lease_owner uuid,
  lease_until timestamptz,
  CONSTRAINT job_lease_whole CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
);
COMMENT ON COLUMN job.name IS 'none; keep: forever; name of the job';
COMMENT ON COLUMN job.last_run IS 'none; keep: forever; when it last began, by the injected clock';
COMMENT ON COLUMN job.lease_owner IS 'none; keep: forever; the run that has it; null: nobody';
COMMENT ON COLUMN job.lease_until IS 'none; keep: forever; until when others leave it alone, by the database''s clock';
GRANT SELECT, INSERT (name), UPDATE (last_run, lease_owner, lease_until) ON job TO {{role}};

-- Links in mails that were taken back: action tokens for a resource that were made by then open nothing.
CREATE TABLE action_token_revocation (
  resource text CONSTRAINT action_token_revocation_key PRIMARY KEY,
  before timestamptz NOT NULL
);
COMMENT ON COLUMN action_token_revocation.resource IS 'none; keep: forever; name of the resource';
COMMENT ON COLUMN action_token_revocation.before IS 'none; keep: forever; when, by the injected clock';
GRANT SELECT, INSERT, UPDATE (before) ON action_token_revocation TO {{role}};
