-- name: AddCoSignature :exec
insert into co_signature (id, statement, organisation, person, signer_name, office, acting, document, digest, words_digest,
       salt, nonce, step_up, issuer, subject, acr, auth_at, arrived_at, signed_at, id_token, key_set)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

-- name: ListCoSignaturesOf :many
select * from co_signature where statement = $1 and organisation = $2 order by office;

-- name: ListWaitingCoSignatures :many
-- Those on statements that still wait, of one organisation or of all.
select sqlc.embed(g) from co_signature g join statement s on s.id = g.statement
 where (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or g.organisation = sqlc.arg(organisation)) and s.state = 'locked' and s.withdrawn_at is null order by g.statement, g.office;

-- name: AuditCoSignatures :many
select sqlc.embed(g), s.words, cast(coalesce(m.document, '') as text) as signed
  from co_signature g join statement s on s.id = g.statement left join signature m on m.statement = g.statement where g.id > $1 order by g.id limit $2;

-- name: ListVouchersBeside :many
select e.id, e.at, e.actor, e.actor_name, e.office, e.organisation, e.kind, e.thing, e.detail, e.digest, l.leaf, l.salt, l.mac
  from event e join log_leaf l on l.event = e.id where e.thing = $1 and e.organisation = $2 and e.kind = 'statement co-signed' order by e.id;
