-- Messages: what people are told, and the one queue of work that is leased (decisions 13 and 29).
--
-- A message holds no address and no text: who it goes to is looked up when it is sent, so that erasing a person leaves
-- nothing behind here. All times but accept_time and create_time are the database's.

CREATE TABLE message (
  id uuid CONSTRAINT message_key PRIMARY KEY,
  purpose smallint NOT NULL,
  object text NOT NULL,
  thread text NOT NULL,
  recipient text NOT NULL,
  discreet boolean NOT NULL DEFAULT false,
  sequence bigint NOT NULL,
  state smallint NOT NULL,
  due_time timestamptz,
  attempts int NOT NULL DEFAULT 0,
  doubts int NOT NULL DEFAULT 0,
  claim bigint NOT NULL DEFAULT 0,
  lease_owner uuid,
  handed_over boolean NOT NULL DEFAULT false,
  smtp_code int NOT NULL DEFAULT 0,
  problem text NOT NULL DEFAULT '',
  create_time timestamptz NOT NULL,
  accept_time timestamptz,
  version bigint NOT NULL DEFAULT 1,
  CONSTRAINT message_once UNIQUE (object, recipient, sequence, purpose),
  CONSTRAINT message_purpose CHECK (purpose > 0),
  CONSTRAINT message_state CHECK (state BETWEEN 1 AND 7),
  CONSTRAINT message_due_while_open CHECK ((due_time IS NOT NULL) = (state IN (1, 2))),
  CONSTRAINT message_held_while_sending CHECK ((lease_owner IS NOT NULL) = (state = 2)),
  CONSTRAINT message_handed_over_while_sending CHECK (NOT handed_over OR state = 2),
  CONSTRAINT message_accepted_at CHECK ((accept_time IS NOT NULL) = (state = 3)),
  CONSTRAINT message_counts CHECK (attempts >= 0 AND doubts BETWEEN 0 AND attempts)
) WITH (fillfactor = 70);  -- room for the updates that follow each insert
CREATE INDEX message_due ON message (due_time) WHERE due_time IS NOT NULL;
CREATE INDEX message_thread ON message (thread, recipient, id);
CREATE INDEX message_by_object ON message (object, id);
CREATE INDEX message_by_state ON message (state, id);
CREATE INDEX message_by_purpose ON message (purpose, id);

COMMENT ON COLUMN message.id IS 'none; keep: forever; names the message, and is its Message-ID';
COMMENT ON COLUMN message.purpose IS 'none; keep: forever; why somebody is told, a scharnier.notifications.v1.Purpose';
COMMENT ON COLUMN message.object IS 'none; keep: forever; name of the resource it tells of';
COMMENT ON COLUMN message.thread IS 'none; keep: forever; what is told of one thread reaches a recipient in the order of ids';
COMMENT ON COLUMN message.recipient IS 'none; keep: forever; who is told: an organisation, or people/ and which of the object''s people';
COMMENT ON COLUMN message.discreet IS 'none; keep: forever; whether it would tell staff that a draft exists';
COMMENT ON COLUMN message.sequence IS 'none; keep: forever; the change of the object that it tells of';
COMMENT ON COLUMN message.state IS 'none; keep: forever; a scharnier.notifications.v1.Message.State';
COMMENT ON COLUMN message.due_time IS 'none; keep: forever; next attempt, or end of the lease while being sent; null once final';
COMMENT ON COLUMN message.attempts IS 'none; keep: forever; how often it was tried, a running attempt included';
COMMENT ON COLUMN message.doubts IS 'none; keep: forever; how often nobody knows whether the relay accepted it';
COMMENT ON COLUMN message.claim IS 'none; keep: forever; grows with each claim: fences a worker that lost its lease';
COMMENT ON COLUMN message.lease_owner IS 'none; keep: forever; the worker that sends it now';
COMMENT ON COLUMN message.handed_over IS 'none; keep: forever; whether the worker may have sent text to the relay';
COMMENT ON COLUMN message.smtp_code IS 'none; keep: forever; the relay''s last status code; 0: none';
COMMENT ON COLUMN message.problem IS 'none; keep: forever; what went wrong last, in our words';
COMMENT ON COLUMN message.create_time IS 'none; keep: forever; when it was made, by the injected clock';
COMMENT ON COLUMN message.accept_time IS 'none; keep: forever; when the relay accepted it, by the injected clock';
COMMENT ON COLUMN message.version IS 'none; keep: forever; counts the changes of the row; its etag';

-- From when on changes make messages. What happened before this schema existed was told by whoever kept it then, or
-- was nobody's to tell: feeds that are read again from their beginning send nothing. To the millisecond, as the ids of
-- changes are.
CREATE TABLE horizon (
  since timestamptz NOT NULL
);
INSERT INTO horizon (since) VALUES (date_trunc('milliseconds', now()));
COMMENT ON COLUMN horizon.since IS 'none; keep: forever; changes made before make no message';
GRANT SELECT ON horizon TO {{role}};

-- The changes that were told of: each once, also where whom it concerns is another question when its feed is read again.
CREATE TABLE told_change (
  id uuid CONSTRAINT told_change_key PRIMARY KEY
);
COMMENT ON COLUMN told_change.id IS 'none; keep: forever; id of the change, in whichever feed';
GRANT SELECT, INSERT ON told_change TO {{role}};

GRANT SELECT, INSERT (id, purpose, object, thread, recipient, discreet, sequence, state, due_time, create_time),
  UPDATE (state, due_time, attempts, doubts, claim, lease_owner, handed_over, smtp_code, problem, accept_time, version)
  ON message TO {{role}};
