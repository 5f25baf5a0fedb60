-- Calls, ideas, proposals with what was submitted of them, and invitations. Columns are tagged as in the house's first
-- migration; `service` is kept as long as the agency keeps the record of a call. The copy of the organisations register
-- (common/directory) stands in the same schema and comes first.

-- Gives ideas and proposals their references; what is rolled back leaves a gap.
CREATE SEQUENCE reference_number;
GRANT USAGE ON SEQUENCE reference_number TO {{role}};

CREATE TABLE call (
  id uuid CONSTRAINT call_key PRIMARY KEY,
  state smallint NOT NULL CONSTRAINT call_state CHECK (state IN (1, 2)),
  reference_prefix text NOT NULL CONSTRAINT call_reference_prefix UNIQUE,
  regions smallint[] NOT NULL,
  version bigint NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  body bytea NOT NULL
);
COMMENT ON COLUMN call.id IS 'none; keep: forever; UUIDv7';
COMMENT ON COLUMN call.state IS 'none; keep: forever; Call.State';
COMMENT ON COLUMN call.reference_prefix IS 'none; keep: forever; begins the references of its ideas and proposals';
COMMENT ON COLUMN call.regions IS 'none; keep: forever; whose organisations can take part; empty: of all';
COMMENT ON COLUMN call.version IS 'none; keep: forever; counts changes; the etag';
COMMENT ON COLUMN call.create_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN call.update_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN call.body IS 'none; keep: forever; the rest of scharnier.proposals.v1.Call';
GRANT SELECT, INSERT, UPDATE (state, reference_prefix, regions, version, update_time, body) ON call TO {{role}};

CREATE TABLE idea (
  id uuid CONSTRAINT idea_key PRIMARY KEY,
  call_id uuid NOT NULL CONSTRAINT idea_call REFERENCES call,
  track_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  state smallint NOT NULL CONSTRAINT idea_state CHECK (state IN (1, 2)),
  reference text NOT NULL CONSTRAINT idea_reference UNIQUE,
  version bigint NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  body bytea NOT NULL,
  personal bytea NOT NULL,
  sealed bytea
);
CREATE INDEX idea_by_call ON idea (call_id, organisation_id);
CREATE INDEX idea_by_organisation ON idea (organisation_id, id);
COMMENT ON COLUMN idea.id IS 'none; keep: service; UUIDv7';
COMMENT ON COLUMN idea.call_id IS 'none; keep: service; the call of its track';
COMMENT ON COLUMN idea.track_id IS 'none; keep: service; the track';
COMMENT ON COLUMN idea.organisation_id IS 'none; keep: service; whose idea it is';
COMMENT ON COLUMN idea.state IS 'none; keep: service; Idea.State';
COMMENT ON COLUMN idea.reference IS 'none; keep: service; what people call it by';
COMMENT ON COLUMN idea.version IS 'none; keep: service; counts changes; the etag';
COMMENT ON COLUMN idea.create_time IS 'none; keep: service; by the injected clock';
COMMENT ON COLUMN idea.update_time IS 'none; keep: service; by the injected clock';
COMMENT ON COLUMN idea.body IS 'none; keep: service; scharnier.proposals.v1.Idea without its personal and sensitive fields';
COMMENT ON COLUMN idea.personal IS 'personal; keep: service; its personal fields';
COMMENT ON COLUMN idea.sealed IS 'sensitive; keep: service; its sensitive fields, encrypted';
GRANT SELECT, INSERT, UPDATE (state, version, update_time, body, personal, sealed) ON idea TO {{role}};

-- The copy that is worked on; what was submitted of it stands in proposal_version.
CREATE TABLE proposal (
  id uuid CONSTRAINT proposal_key PRIMARY KEY,
  call_id uuid NOT NULL CONSTRAINT proposal_call REFERENCES call,
  track_id uuid NOT NULL,
  lead_id uuid NOT NULL,
  state smallint NOT NULL CONSTRAINT proposal_state CHECK (state BETWEEN 1 AND 3),
  submitted integer NOT NULL DEFAULT 0,
  reference text CONSTRAINT proposal_reference UNIQUE,
  touched jsonb NOT NULL DEFAULT '{}',
  version bigint NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  body bytea NOT NULL,
  personal bytea NOT NULL,
  sealed bytea,
  CONSTRAINT proposal_submitted CHECK (submitted >= 0 AND (submitted > 0) = (reference IS NOT NULL)),
  CONSTRAINT proposal_draft CHECK (state <> 1 OR submitted = 0),
  CONSTRAINT proposal_in CHECK (state <> 2 OR submitted > 0)
);
CREATE INDEX proposal_by_call ON proposal (call_id, lead_id);
CREATE INDEX proposal_by_lead ON proposal (lead_id, id);
COMMENT ON COLUMN proposal.id IS 'none; keep: service; UUIDv7';
COMMENT ON COLUMN proposal.call_id IS 'none; keep: service; the call of its track';
COMMENT ON COLUMN proposal.track_id IS 'none; keep: service; the track';
COMMENT ON COLUMN proposal.lead_id IS 'none; keep: service; the organisation that leads it';
COMMENT ON COLUMN proposal.state IS 'none; keep: service; Proposal.State';
COMMENT ON COLUMN proposal.submitted IS 'none; keep: service; the number of its last version; 0: nothing was submitted';
COMMENT ON COLUMN proposal.reference IS 'none; keep: service; what people call it by, from the first submit on';
COMMENT ON COLUMN proposal.touched IS 'none; keep: service; by field path, the version that last changed it';
COMMENT ON COLUMN proposal.version IS 'none; keep: service; counts changes; the etag';
COMMENT ON COLUMN proposal.create_time IS 'none; keep: service; by the injected clock';
COMMENT ON COLUMN proposal.update_time IS 'none; keep: service; by the injected clock';
COMMENT ON COLUMN proposal.body IS 'none; keep: service; scharnier.proposals.v1.Proposal without its personal and sensitive fields';
COMMENT ON COLUMN proposal.personal IS 'personal; keep: service; its personal fields';
COMMENT ON COLUMN proposal.sealed IS 'sensitive; keep: service; its sensitive fields, encrypted';
GRANT SELECT, INSERT, UPDATE (state, submitted, reference, touched, version, update_time, body, personal, sealed)
  ON proposal TO {{role}};

-- What was submitted, a row a submit. The service adds; it cannot change or remove.
CREATE TABLE proposal_version (
  proposal_id uuid NOT NULL CONSTRAINT proposal_version_proposal REFERENCES proposal,
  number integer NOT NULL CONSTRAINT proposal_version_number CHECK (number >= 1),
  digest bytea NOT NULL,
  body bytea NOT NULL,
  personal bytea NOT NULL,
  sealed bytea,
  CONSTRAINT proposal_version_key PRIMARY KEY (proposal_id, number)
);
COMMENT ON COLUMN proposal_version.proposal_id IS 'none; keep: service; the proposal';
COMMENT ON COLUMN proposal_version.number IS 'none; keep: service; the how-manieth submit, from 1';
COMMENT ON COLUMN proposal_version.digest IS 'personal; keep: service; SHA-256 of what was submitted';
COMMENT ON COLUMN proposal_version.body IS 'none; keep: service; scharnier.proposals.v1.Proposal as submitted, without its personal and sensitive fields';
COMMENT ON COLUMN proposal_version.personal IS 'personal; keep: service; its personal fields';
COMMENT ON COLUMN proposal_version.sealed IS 'sensitive; keep: service; its sensitive fields, encrypted';
GRANT SELECT, INSERT ON proposal_version TO {{role}};

-- Whoever writes one holds the lock of its proposal.
CREATE TABLE invitation (
  id uuid CONSTRAINT invitation_key PRIMARY KEY,
  proposal_id uuid NOT NULL CONSTRAINT invitation_proposal REFERENCES proposal,
  organisation_id uuid NOT NULL,
  state smallint NOT NULL CONSTRAINT invitation_state CHECK (state BETWEEN 1 AND 4),
  version bigint NOT NULL,
  body bytea NOT NULL
);
CREATE UNIQUE INDEX invitation_once ON invitation (proposal_id, organisation_id) WHERE state IN (1, 2);
CREATE INDEX invitation_by_organisation ON invitation (organisation_id, proposal_id);
COMMENT ON COLUMN invitation.id IS 'none; keep: service; UUIDv7';
COMMENT ON COLUMN invitation.proposal_id IS 'none; keep: service; the proposal';
COMMENT ON COLUMN invitation.organisation_id IS 'none; keep: service; the organisation that is invited';
COMMENT ON COLUMN invitation.state IS 'none; keep: service; Invitation.State';
COMMENT ON COLUMN invitation.version IS 'none; keep: service; counts changes; the etag';
COMMENT ON COLUMN invitation.body IS 'none; keep: service; the rest of scharnier.proposals.v1.Invitation';
GRANT SELECT, INSERT, UPDATE (state, version, body) ON invitation TO {{role}};

-- Who writes which proposal: people with a mandate of the lead, or of a partner that has accepted. The one place that
-- says for whom the copy that is worked on exists.
CREATE VIEW author AS
SELECT p.id AS proposal_id, m.holder_key
FROM proposal p JOIN directory_mandate m ON m.organisation_id = p.lead_id AND m.in_force
UNION ALL
SELECT i.proposal_id, m.holder_key
FROM invitation i JOIN directory_mandate m ON m.organisation_id = i.organisation_id AND m.in_force
WHERE i.state = 2;
GRANT SELECT ON author TO {{role}};
