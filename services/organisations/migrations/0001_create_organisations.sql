-- Organisations, what other systems call them, and mandates. Columns are tagged as in the house's first migration.

-- For search by similarity; in this schema, so that nothing else depends on it.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA {{schema}};

CREATE TABLE organisation (
  id uuid CONSTRAINT organisation_key PRIMARY KEY,
  state smallint NOT NULL CONSTRAINT organisation_state CHECK (state = 1),
  kind smallint NOT NULL CONSTRAINT organisation_kind CHECK (kind BETWEEN 1 AND 5),
  enterprise_number text CONSTRAINT organisation_enterprise_number_form CHECK (enterprise_number ~ '^[01][0-9]{9}$'),
  establishment_numbers text[] NOT NULL,
  regions smallint[] NOT NULL CONSTRAINT organisation_regions CHECK (cardinality(regions) > 0),
  search_text text NOT NULL,
  version bigint NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  body bytea NOT NULL,
  personal bytea NOT NULL,
  CONSTRAINT organisation_has_number CHECK (enterprise_number IS NOT NULL OR kind > 2)
);
CREATE UNIQUE INDEX organisation_enterprise_number ON organisation (enterprise_number) WHERE state = 1;
-- Indexes for search take each row at once: what they put off, every search until the next VACUUM would have to read.
CREATE INDEX organisation_establishment_numbers ON organisation USING gin (establishment_numbers)
  WITH (fastupdate = off);
CREATE INDEX organisation_words ON organisation USING gin (array_to_tsvector(string_to_array(search_text, ' ')))
  WITH (fastupdate = off);
COMMENT ON COLUMN organisation.id IS 'none; keep: forever; UUIDv7';
COMMENT ON COLUMN organisation.state IS 'none; keep: forever; Organisation.State';
COMMENT ON COLUMN organisation.kind IS 'none; keep: forever; Organisation.Kind';
COMMENT ON COLUMN organisation.enterprise_number IS 'none; keep: forever; ten digits; null: it has none';
COMMENT ON COLUMN organisation.establishment_numbers IS 'none; keep: forever; ten digits each';
COMMENT ON COLUMN organisation.regions IS 'none; keep: forever; the regions where it is';
COMMENT ON COLUMN organisation.search_text IS 'none; keep: forever; the words of its names and those of its open establishments, folded';
COMMENT ON COLUMN organisation.version IS 'none; keep: forever; counts changes; the etag';
COMMENT ON COLUMN organisation.create_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN organisation.update_time IS 'none; keep: forever; by the injected clock';
COMMENT ON COLUMN organisation.body IS 'none; keep: forever; the rest of scharnier.organisations.v1.Organisation';
COMMENT ON COLUMN organisation.personal IS 'personal; keep: forever; its personal fields, which change with the organisation';
GRANT SELECT, INSERT, UPDATE (state, kind, enterprise_number, establishment_numbers, regions, search_text, version,
                              update_time, body, personal) ON organisation TO {{role}};

-- Every word of search_text, the organisations with the shortest names first: of a word that thousands have, a search
-- for it alone reads no more than it answers. Rows are made of those of organisation, which are never deleted: a foreign
-- key would find nothing.
CREATE TABLE name_word (
  word text COLLATE "C",
  length integer,
  organisation_id uuid,
  CONSTRAINT name_word_key PRIMARY KEY (word, length, organisation_id)
);
COMMENT ON COLUMN name_word.word IS 'none; keep: row; letters and digits, folded';
COMMENT ON COLUMN name_word.length IS 'none; keep: row; letters of the whole search_text';
COMMENT ON COLUMN name_word.organisation_id IS 'none; keep: row; the organisation';
GRANT SELECT, INSERT, DELETE ON name_word TO {{role}};

-- Each of these words once: names share their words, so that parts of words and words that look alike are looked for among
-- far fewer of them than there are names. A word stays when no name has it any more; searches pass it by.
CREATE TABLE word (
  word text COLLATE "C" CONSTRAINT word_key PRIMARY KEY
);
CREATE INDEX word_alike ON word USING gin (word gin_trgm_ops) WITH (fastupdate = off);
COMMENT ON COLUMN word.word IS 'none; keep: forever; letters and digits, folded';
GRANT SELECT, INSERT ON word TO {{role}};

-- The words of names that look like `asked` or contain it, the most alike first. A letter more or less is a slip: words
-- with more slips than rules::Nearest forgives are left out. A function, because the threshold of the operator that the
-- index knows is a setting: at 0.3 two letters that changed places in a word of seven are always forgiven. Shorter words
-- may have no three letters left that stand together as they did, so that such swaps in them are asked for as they are,
-- and come first. In PL/pgSQL, which keeps its plan.
CREATE FUNCTION find_alike(asked text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET pg_trgm.word_similarity_threshold = 0.3 SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  swapped text[] := ARRAY(SELECT overlay(asked PLACING reverse(substr(asked, i, 2)) FROM i)
                          FROM generate_series(1, length(asked) - 1) AS i
                          WHERE length(asked) < 7);
BEGIN
  RETURN QUERY
    SELECT w.word FROM word AS w
    WHERE (w.word = ANY (swapped)
           OR (asked <% w.word
               AND (abs(length(w.word) - length(asked)) <= (length(asked) + 2) / 3 OR strpos(w.word, asked) > 0)))
      AND EXISTS (SELECT FROM name_word AS n WHERE n.word = w.word)
    ORDER BY w.word = ANY (swapped) DESC, asked <<-> w.word, w.word
    LIMIT 100;
END
$$;
REVOKE ALL ON FUNCTION find_alike FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_alike TO {{role}};

-- What other systems call organisations, for the rule that each name is one organisation's.
CREATE TABLE identifier (
  organisation_id uuid NOT NULL CONSTRAINT identifier_organisation REFERENCES organisation,
  system text NOT NULL,
  value text NOT NULL,
  CONSTRAINT identifier_key PRIMARY KEY (organisation_id, system),
  CONSTRAINT identifier_once UNIQUE (system, value)
);
COMMENT ON COLUMN identifier.organisation_id IS 'none; keep: row; the organisation';
COMMENT ON COLUMN identifier.system IS 'none; keep: row; the other system';
COMMENT ON COLUMN identifier.value IS 'none; keep: row; what it calls the organisation';
GRANT SELECT, INSERT, DELETE ON identifier TO {{role}};

CREATE TABLE mandate (
  id uuid CONSTRAINT mandate_key PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT mandate_organisation REFERENCES organisation,
  state smallint NOT NULL CONSTRAINT mandate_state CHECK (state BETWEEN 1 AND 4),
  role smallint NOT NULL CONSTRAINT mandate_role CHECK (role BETWEEN 1 AND 3),
  person_key text NOT NULL,
  holder_key text NOT NULL,
  expire_time timestamptz NOT NULL,
  version bigint NOT NULL,
  body bytea NOT NULL,
  personal bytea NOT NULL
);
CREATE UNIQUE INDEX mandate_once ON mandate (organisation_id, person_key) WHERE state IN (1, 2);
CREATE INDEX mandate_holder ON mandate (holder_key);
CREATE INDEX mandate_by_organisation ON mandate (organisation_id, id);
CREATE INDEX mandate_open ON mandate (expire_time) WHERE state = 1;
COMMENT ON COLUMN mandate.id IS 'none; keep: forever; UUIDv7';
COMMENT ON COLUMN mandate.organisation_id IS 'none; keep: forever; the organisation that the person may act for';
COMMENT ON COLUMN mandate.state IS 'none; keep: forever; Mandate.State';
COMMENT ON COLUMN mandate.role IS 'none; keep: forever; Mandate.Role';
COMMENT ON COLUMN mandate.person_key IS 'personal; keep: forever; keyed hash of the person''s address';
COMMENT ON COLUMN mandate.holder_key IS 'personal; keep: forever; person_key, or a keyed hash of the account that accepted it';
COMMENT ON COLUMN mandate.expire_time IS 'none; keep: forever; when an invitation can be accepted no more';
COMMENT ON COLUMN mandate.version IS 'none; keep: forever; counts changes; the etag';
COMMENT ON COLUMN mandate.body IS 'none; keep: forever; the rest of scharnier.organisations.v1.Mandate';
COMMENT ON COLUMN mandate.personal IS 'personal; keep: forever; name and address';
GRANT SELECT, INSERT, UPDATE (state, holder_key, version, body) ON mandate TO {{role}};
