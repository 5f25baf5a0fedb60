-- name: AppendRecords
-- Changes ($1 to $11) and audit rows ($12 to $25), arrays of one element a row; lists inside a row are array literals.
-- Whoever calls has locked the roots, so nobody else takes the next seq of these aggregates.
-- The channel bears the schema's name; Postgres tells its listeners once a transaction, after the commit.
WITH new AS (
  SELECT *
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
              $7::timestamptz[], $8::text[], $9::text[], $10::bytea[], $11::text[]) WITH ORDINALITY
    AS u (id, source, aggregatetype, aggregateid, type, subject, time, audience, scope, payload,
          trace, o)
), changed AS (
  INSERT INTO change (id, source, aggregatetype, aggregateid, seq, type, subject, time, audience,
                      scope, payload, trace)
  SELECT id, source, aggregatetype, aggregateid,
         coalesce((SELECT max(c.seq) FROM change c
                   WHERE c.aggregatetype = new.aggregatetype AND c.aggregateid = new.aggregateid), 0)
           + row_number() OVER (PARTITION BY aggregatetype, aggregateid ORDER BY o),
         type, subject, time, audience, scope::text[], payload, trace
  FROM new
  ORDER BY o
), audited AS (
  INSERT INTO audit (subject, via, method, request_id, resource, fields, before, after, hashes,
                     discreet, reason, trace)
  SELECT subject, via, method, request_id, resource, shown::text[] || hashed::text[],
         jsonb_strip_nulls(jsonb_object(shown::text[], before::text[])),
         jsonb_strip_nulls(jsonb_object(shown::text[], after::text[])),
         CASE hashed
           WHEN '{}' THEN '{}'
           ELSE jsonb_build_object(
             'before', jsonb_strip_nulls(jsonb_object(hashed::text[], hash_before::text[])),
             'after', jsonb_strip_nulls(jsonb_object(hashed::text[], hash_after::text[])))
         END,
         discreet, reason, trace
  FROM unnest($12::text[], $13::text[], $14::text[], $15::uuid[], $16::text[], $17::text[],
              $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::boolean[],
              $24::text[], $25::text[])
         WITH ORDINALITY
    AS u (subject, via, method, request_id, resource, shown, before, after, hashed, hash_before,
          hash_after, discreet, reason, trace, o)
  ORDER BY o
)
SELECT pg_notify(current_schema(), '') WHERE cardinality($1::uuid[]) > 0;
