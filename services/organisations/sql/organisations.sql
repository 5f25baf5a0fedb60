-- Organisations. A row is id, version, create_time, update_time, body, personal.

-- name: InsertOrganisations
-- New organisations; lists inside a row are array literals.
INSERT INTO organisation (id, state, kind, enterprise_number, establishment_numbers, regions, search_text, version,
                          create_time, update_time, body, personal)
SELECT o.id, o.state, o.kind, o.enterprise_number, o.establishment_numbers::text[], o.regions::smallint[],
       o.search_text, 1, $8, $8, o.body, o.personal
FROM unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $9::bytea[],
            $10::bytea[])
     AS o (id, state, kind, enterprise_number, establishment_numbers, regions, search_text, body, personal);

-- name: SaveOrganisations
-- Locked organisations as they are now.
UPDATE organisation s
SET state = o.state, kind = o.kind, enterprise_number = o.enterprise_number,
    establishment_numbers = o.establishment_numbers::text[], regions = o.regions::smallint[],
    search_text = o.search_text, version = s.version + 1, update_time = $8, body = o.body, personal = o.personal
FROM unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $9::bytea[],
            $10::bytea[])
     AS o (id, state, kind, enterprise_number, establishment_numbers, regions, search_text, body, personal)
WHERE s.id = o.id;

-- name: DeleteIdentifiers
-- Before those of the organisations are written anew.
DELETE FROM identifier WHERE organisation_id = ANY ($1::uuid[]);

-- name: InsertIdentifiers
INSERT INTO identifier (organisation_id, system, value)
SELECT i.organisation_id, i.system, i.value
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS i (organisation_id, system, value);

-- name: DeleteNameWords
-- Before the names of the locked organisations are written anew. Each row is looked up by its key, whatever the planner
-- thinks of many.
DELETE FROM name_word WHERE ctid = ANY (ARRAY(
  SELECT n.ctid
  FROM organisation o CROSS JOIN LATERAL unnest(string_to_array(o.search_text, ' ')) AS named (word)
    CROSS JOIN LATERAL (SELECT ctid FROM name_word
                        WHERE word = named.word AND length = length(o.search_text) AND organisation_id = o.id
                        LIMIT 1) AS n
  WHERE o.id = ANY ($1::uuid[])));

-- name: InsertNameWords
-- When their names have been written. Once a transaction: words that are new to all are entered in one order for all, so
-- that two transactions cannot wait for each other.
WITH named AS (
  SELECT DISTINCT named.word, length(o.search_text) AS length, o.id
  FROM organisation o CROSS JOIN LATERAL unnest(string_to_array(o.search_text, ' ')) AS named (word)
  WHERE o.id = ANY ($1::uuid[])
), entered AS (
  INSERT INTO word (word) SELECT DISTINCT word FROM named ORDER BY word ON CONFLICT DO NOTHING
)
INSERT INTO name_word (word, length, organisation_id) SELECT word, length, id FROM named;

-- name: LockOrganisations
-- Organisations for a change, in one order for all; their rows stay locked until the transaction ends.
SELECT id, version, create_time, update_time, body, personal
FROM organisation WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: FindTaken
-- The active organisations that have one of the enterprise numbers $1 or of the identifiers ($2, $3).
SELECT id FROM organisation WHERE state = 1 AND enterprise_number = ANY ($1::text[])
UNION
SELECT i.organisation_id FROM identifier i
JOIN unnest($2::text[], $3::text[]) AS asked (system, value) USING (system, value);

-- name: GetOrganisations
SELECT id, version, create_time, update_time, body, personal FROM organisation WHERE id = ANY ($1::uuid[]);

-- name: ListOrganisations
-- In the order in which they were entered, after $1.
SELECT id, version, create_time, update_time, body, personal
FROM organisation
WHERE ($1::uuid IS NULL OR id > $1::uuid)
  AND ($2::smallint IS NULL OR kind = $2::smallint)
  AND ($3::smallint IS NULL OR state = $3::smallint)
  AND ($4::smallint IS NULL OR $4::smallint = ANY (regions))
ORDER BY id
LIMIT $5;

-- name: FindByNumber
-- The active ones with the enterprise number $1, or an establishment's number $2.
SELECT id, version, create_time, update_time, body, personal
FROM organisation
WHERE state = 1 AND (enterprise_number = $1 OR establishment_numbers @> ARRAY[$2::text])
  AND ($3::smallint IS NULL OR $3::smallint = ANY (regions))
  AND ($4::smallint IS NULL OR kind = $4::smallint)
ORDER BY id
LIMIT $5;

-- name: FindByWord
-- Those with a word like $1, such as '%zorg%', in their names: first those that have $2 itself, such as 'zorg', then the
-- shorter the names, the better they fit. The 100 shortest such words that names have count.
SELECT o.id, o.version, o.create_time, o.update_time, o.body, o.personal
FROM (SELECT p.length, p.organisation_id, bool_or(fit.word = $2) AS whole
      FROM (SELECT word FROM word
            WHERE word LIKE $1 AND EXISTS (SELECT FROM name_word WHERE name_word.word = word.word)
            ORDER BY length(word), word
            LIMIT 100) AS fit
      CROSS JOIN LATERAL (SELECT length, organisation_id FROM name_word
                          WHERE name_word.word = fit.word
                          ORDER BY length, organisation_id
                          LIMIT $3) AS p
      GROUP BY p.length, p.organisation_id
      ORDER BY whole DESC, p.length, p.organisation_id
      LIMIT $3) AS best
JOIN organisation o ON o.id = best.organisation_id
ORDER BY best.whole DESC, best.length, o.id;

-- name: FindByWords
-- Those with words in their names, for each of the numbers $1 one that is like one of its patterns $2: first those whose
-- names are $5, then those that have all words of it, then the shorter the names, the better they fit. The 100 shortest
-- such words that names have count.
SELECT id, version, create_time, update_time, body, personal
FROM organisation
WHERE array_to_tsvector(string_to_array(search_text, ' ')) @@ (
        SELECT CASE WHEN bool_and(fit.words IS NOT NULL) THEN string_agg(fit.words, ' & ')::tsquery END
        FROM (SELECT '(' || string_agg(quote_literal(w.word), ' | ') || ')' AS words
              FROM unnest($1::integer[], $2::text[]) AS a (n, pattern)
              LEFT JOIN LATERAL (SELECT word FROM word
                                 WHERE word LIKE a.pattern
                                   AND EXISTS (SELECT FROM name_word WHERE name_word.word = word.word)
                                 ORDER BY length(word), word
                                 LIMIT 100) AS w ON true
              GROUP BY a.n) AS fit)
  AND ($3::smallint IS NULL OR $3::smallint = ANY (regions))
  AND ($4::smallint IS NULL OR kind = $4::smallint)
ORDER BY search_text = $5 DESC, string_to_array(search_text, ' ') @> string_to_array($5, ' ') DESC,
         length(search_text), id
LIMIT $6;

-- name: FindAlike
-- Words of names that look like the words $1, with the place of the one that they look like.
SELECT a.n, alike.word
FROM unnest($1::text[]) WITH ORDINALITY AS a (asked, n)
CROSS JOIN LATERAL find_alike(a.asked) AS alike (word)
ORDER BY a.n;

-- name: FindByAnyWord
-- Those with one of the words $1 in their names, of each word the $4 with the shortest.
SELECT o.id, o.version, o.create_time, o.update_time, o.body, o.personal
FROM (SELECT DISTINCT p.length, p.organisation_id
      FROM unnest($1::text[]) AS fit (word)
      CROSS JOIN LATERAL (SELECT length, organisation_id FROM name_word
                          WHERE name_word.word = fit.word
                          ORDER BY length, organisation_id
                          LIMIT $4) AS p) AS best
JOIN organisation o ON o.id = best.organisation_id
WHERE ($2::smallint IS NULL OR $2::smallint = ANY (o.regions))
  AND ($3::smallint IS NULL OR o.kind = $3::smallint)
ORDER BY best.length, o.id;
