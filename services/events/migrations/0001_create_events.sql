-- Series, sessions, registrations and attendees. Columns are tagged as in the house's first migration; `service` is
-- kept as long as the agency keeps the record of a session.

CREATE TABLE series (
  id uuid CONSTRAINT series_key PRIMARY KEY,
  state smallint NOT NULL CONSTRAINT series_state CHECK (state IN (1, 2)),
  version bigint NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  body bytea NOT NULL
);
COMMENT ON COLUMN series.id IS 'none; keep: forever; UUIDv7';
COMMENT ON COLUMN series.state IS 'none; keep: forever; Series.State';
COMMENT ON COLUMN series.version IS 'none; keep: forever; counts changes; the etag';
COMMENT ON COLUMN series.create_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN series.update_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN series.body IS 'none; keep: forever; the rest of scharnier.events.v1.Series';
GRANT SELECT, INSERT, UPDATE (state, version, update_time, body) ON series TO {{role}};

CREATE TABLE session (
  id uuid CONSTRAINT session_key PRIMARY KEY,
  series_id uuid NOT NULL CONSTRAINT session_series REFERENCES series,
  state smallint NOT NULL CONSTRAINT session_state CHECK (state IN (1, 2)),
  mode smallint NOT NULL CONSTRAINT session_mode CHECK (mode BETWEEN 1 AND 3),
  regions smallint[] NOT NULL,
  choice_group text,
  begins timestamptz NOT NULL,
  capacity integer CONSTRAINT session_capacity CHECK (capacity >= 1),
  confirmed_seats integer NOT NULL DEFAULT 0,
  waiting_seats integer NOT NULL DEFAULT 0 CONSTRAINT session_waiting_seats CHECK (waiting_seats >= 0),
  waiting integer NOT NULL DEFAULT 0 CONSTRAINT session_waiting CHECK (waiting >= 0),
  next_arrival bigint NOT NULL DEFAULT 1,
  version bigint NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  body bytea NOT NULL,
  -- The last line of defence of the promise that no seat is given twice.
  CONSTRAINT session_seats CHECK (confirmed_seats >= 0 AND (capacity IS NULL OR confirmed_seats <= capacity))
) WITH (fillfactor = 50);  -- each batch of registrations updates the counters in place
CREATE INDEX session_by_beginning ON session (begins, id);
CREATE INDEX session_by_series ON session (series_id, begins, id);
COMMENT ON COLUMN session.id IS 'none; keep: forever; UUIDv7';
COMMENT ON COLUMN session.series_id IS 'none; keep: forever; the series it belongs to';
COMMENT ON COLUMN session.state IS 'none; keep: forever; Session.State';
COMMENT ON COLUMN session.mode IS 'none; keep: forever; Session.Mode';
COMMENT ON COLUMN session.regions IS 'none; keep: forever; the regions of its rule; empty: open to all';
COMMENT ON COLUMN session.choice_group IS 'none; keep: forever; the choice within the series, if any';
COMMENT ON COLUMN session.begins IS 'none; keep: forever; the beginning of its When, infinity where not known';
COMMENT ON COLUMN session.capacity IS 'none; keep: forever; seats; null: unlimited';
COMMENT ON COLUMN session.confirmed_seats IS 'none; keep: forever; seats taken';
COMMENT ON COLUMN session.waiting_seats IS 'none; keep: forever; seats waited for';
COMMENT ON COLUMN session.waiting IS 'none; keep: forever; registrations in line';
COMMENT ON COLUMN session.next_arrival IS 'none; keep: forever; the number of the next registration';
COMMENT ON COLUMN session.version IS 'none; keep: forever; counts changes, not seats; the etag';
COMMENT ON COLUMN session.create_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN session.update_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN session.body IS 'none; keep: forever; the rest of scharnier.events.v1.Session';
GRANT SELECT, INSERT, UPDATE (state, mode, regions, choice_group, begins, capacity, confirmed_seats, waiting_seats,
                              waiting, next_arrival, version, update_time, body) ON session TO {{role}};

CREATE TABLE registration (
  id uuid CONSTRAINT registration_key PRIMARY KEY,
  session_id uuid NOT NULL CONSTRAINT registration_session REFERENCES session,
  state smallint NOT NULL CONSTRAINT registration_state CHECK (state BETWEEN 1 AND 3),
  arrival bigint NOT NULL,
  seats integer NOT NULL CONSTRAINT registration_seats CHECK (seats >= 1),
  person_key text NOT NULL,
  holder_key text NOT NULL,
  receive_time timestamptz NOT NULL,
  version bigint NOT NULL,
  body bytea NOT NULL,
  personal bytea NOT NULL,
  sealed bytea,
  CONSTRAINT registration_arrival UNIQUE (session_id, arrival)
);
CREATE INDEX registration_line ON registration (session_id, arrival) WHERE state = 2;
CREATE INDEX registration_person ON registration (person_key);
COMMENT ON COLUMN registration.id IS 'none; keep: service; UUIDv7';
COMMENT ON COLUMN registration.session_id IS 'none; keep: service; the session';
COMMENT ON COLUMN registration.state IS 'none; keep: service; Registration.State';
COMMENT ON COLUMN registration.arrival IS 'none; keep: service; number in the session, in the order of its lock';
COMMENT ON COLUMN registration.seats IS 'none; keep: service; attendees';
COMMENT ON COLUMN registration.person_key IS 'personal; keep: service; keyed hash of the registrant''s address';
COMMENT ON COLUMN registration.holder_key IS 'personal; keep: service; whose it is: person_key, or a keyed hash of the account that registered';
COMMENT ON COLUMN registration.receive_time IS 'none; keep: service; the instant by which it was judged';
COMMENT ON COLUMN registration.version IS 'none; keep: service; counts changes; the etag';
COMMENT ON COLUMN registration.body IS 'none; keep: service; scharnier.events.v1.Registration without its personal and sensitive fields';
COMMENT ON COLUMN registration.personal IS 'personal; keep: service; its personal fields';
COMMENT ON COLUMN registration.sealed IS 'sensitive; keep: service; its sensitive fields, encrypted';
GRANT SELECT, INSERT, UPDATE (state, version, body, personal, sealed) ON registration TO {{role}};

-- Who comes, for the rules that count people: once a session, once a choice.
CREATE TABLE attendee (
  registration_id uuid NOT NULL CONSTRAINT attendee_registration REFERENCES registration,
  ordinal smallint NOT NULL,
  session_id uuid NOT NULL,
  series_id uuid NOT NULL,
  choice_group text,
  attendee_key text NOT NULL,
  live boolean NOT NULL,
  CONSTRAINT attendee_primary PRIMARY KEY (registration_id, ordinal)
);
CREATE UNIQUE INDEX attendee_once_a_session ON attendee (session_id, attendee_key) WHERE live;
CREATE UNIQUE INDEX attendee_once_a_choice ON attendee (series_id, choice_group, attendee_key)
  WHERE live AND choice_group IS NOT NULL;
COMMENT ON COLUMN attendee.registration_id IS 'none; keep: service; the registration';
COMMENT ON COLUMN attendee.ordinal IS 'none; keep: service; place in Registration.attendees, from 0';
COMMENT ON COLUMN attendee.session_id IS 'none; keep: service; the session';
COMMENT ON COLUMN attendee.series_id IS 'none; keep: service; the session''s series, within which a choice counts';
COMMENT ON COLUMN attendee.choice_group IS 'none; keep: service; the session''s choice, if any';
COMMENT ON COLUMN attendee.attendee_key IS 'personal; keep: service; keyed hash of e-mail address and name';
COMMENT ON COLUMN attendee.live IS 'none; keep: service; false once the registration was cancelled';
GRANT SELECT, INSERT, UPDATE (live) ON attendee TO {{role}};
