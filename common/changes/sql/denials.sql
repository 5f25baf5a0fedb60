-- name: AppendDenials
-- Calls that were denied, arrays of one element a row.
INSERT INTO audit (subject, via, method, request_id, resource, decision, discreet, reason, trace)
SELECT subject, via, method, request_id, resource, 'DENIED', discreet, reason, trace
FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::boolean[], $7::text[], $8::text[])
  WITH ORDINALITY AS u (subject, via, method, request_id, resource, discreet, reason, trace, o)
ORDER BY o;
