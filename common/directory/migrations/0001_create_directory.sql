-- The copy of the organisations register: what its feed has told so far. Deleting all of it, and the cursor `directory`,
-- makes the service copy the register anew.

CREATE TABLE directory_organisation (
  id uuid CONSTRAINT directory_organisation_key PRIMARY KEY,
  version bigint NOT NULL,
  body bytea NOT NULL
);
COMMENT ON COLUMN directory_organisation.id IS 'none; keep: forever; of organisations/{uuid}';
COMMENT ON COLUMN directory_organisation.version IS 'none; keep: forever; the version that the row tells of';
COMMENT ON COLUMN directory_organisation.body IS 'none; keep: forever; scharnier.organisations.v1.Organisation without personal fields';
GRANT SELECT, INSERT, UPDATE, DELETE ON directory_organisation TO {{role}};

CREATE TABLE directory_mandate (
  id uuid CONSTRAINT directory_mandate_key PRIMARY KEY,
  version bigint NOT NULL,
  organisation_id uuid NOT NULL,
  person_key text NOT NULL,
  holder_key text NOT NULL,
  role smallint NOT NULL,
  in_force boolean NOT NULL
);
CREATE INDEX directory_mandate_person ON directory_mandate (person_key, organisation_id) WHERE in_force;
CREATE INDEX directory_mandate_holder ON directory_mandate (holder_key, organisation_id) WHERE in_force;
COMMENT ON COLUMN directory_mandate.id IS 'none; keep: forever; of organisations/{uuid}/mandates/{uuid}';
COMMENT ON COLUMN directory_mandate.version IS 'none; keep: forever; the version that the row tells of';
COMMENT ON COLUMN directory_mandate.organisation_id IS 'none; keep: forever; the organisation that the person may act for';
COMMENT ON COLUMN directory_mandate.person_key IS 'personal; keep: forever; keyed hash of the person''s address';
COMMENT ON COLUMN directory_mandate.holder_key IS 'personal; keep: forever; whose it is: person_key, or a keyed hash of the account';
COMMENT ON COLUMN directory_mandate.role IS 'none; keep: forever; Mandate.Role';
COMMENT ON COLUMN directory_mandate.in_force IS 'none; keep: forever; whether the mandate was accepted and not taken back';
GRANT SELECT, INSERT, UPDATE, DELETE ON directory_mandate TO {{role}};
