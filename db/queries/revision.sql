-- What becomes of signed statements: replaced, or withdrawn.

-- name: FindSuccessor :one
-- The statement that takes the place of a signed one, or is to.
select s.id, s.state, s.supersede_why, s.supersede_by, s.ended_at, s.due_at, coalesce(g.code, '') as code
  from statement s left join signature g on g.statement = s.id
 where s.supersedes = $1 and s.organisation = $2 and s.withdrawn_at is null and s.state <> 'returned';

-- name: FindSuccessorSigned :one
select g.code, g.signed_at from statement s join signature g on g.statement = s.id where s.supersedes = $1 and s.state <> 'returned' and s.withdrawn_at is null;

-- name: FindWithdrawal :one
select sqlc.embed(w), sqlc.embed(t) from withdrawal w join withdrawal_attempt t on t.id = w.attempt where w.statement = $1 and w.organisation = $2;

-- name: FindWithdrawnAt :one
select signed_at from withdrawal where statement = $1;

-- name: ListSignedOf :many
select g.statement, g.exceptions, w.signed_at as revoked_at from signature g left join withdrawal w on w.statement = g.statement where g.organisation = $1 order by g.statement;

-- name: FindLastNumber :one
select cast(coalesce(max(number), 0) as bigint) as number from statement where organisation = $1 and template = $2 and period = $3;

-- name: AddWithdrawalAttempt :exec
insert into withdrawal_attempt (id, statement, organisation, person, reason, document, digest, salt, nonce, arrived_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: FindWithdrawalAttempt :one
select * from withdrawal_attempt where id = $1 and organisation = $2;

-- name: UseWithdrawalAttempt :execrows
update withdrawal_attempt set used_at = $2 where id = $1 and used_at is null;

-- name: AddWithdrawal :exec
insert into withdrawal (id, attempt, statement, organisation, signer_name, acting, issuer, subject, acr, auth_at, signed_at, id_token, key_set)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: AuditWithdrawals :many
select sqlc.embed(w), sqlc.embed(t), g.code, g.digest as signed_digest from withdrawal w join withdrawal_attempt t on t.id = w.attempt join signature g on g.statement = w.statement where w.id > $1 order by w.id limit $2;

-- name: AuditSuccessors :many
-- Statements that take the place of another, by the link or by their words, with
-- how many events say that they were begun, and that they did.
select sqlc.embed(s), coalesce(g.code, '') as code, coalesce(g.digest, '') as digest,
       (select count(*) from event e join log_leaf l on l.event = e.id where e.thing = 'statement/' || s.id and e.organisation = s.organisation and e.digest <> ''
           and e.kind in ('replacement begun', 'replacement asked for', 'statement taken up again')) as begun,
       (select count(*) from event e join log_leaf l on l.event = e.id where e.thing = 'statement/' || s.supersedes and e.organisation = s.organisation and e.kind = 'statement replaced') as told
  from statement s left join signature g on g.statement = s.supersedes and g.organisation = s.organisation
 where s.id > $1 and (s.supersedes is not null or s.words like '%replaces: %') order by s.id limit $2;

-- name: ListOutlived :many
-- Signed before an instant, with the evidence that stands behind each and how
-- much of that something else stands on too.
select g.organisation, g.statement, g.code, g.signed_at, s.title, s.period,
       (select count(*) from evidence_link l where l.thing = 'statement/' || g.statement) as evidence,
       (select count(*) from evidence_link l where l.thing = 'statement/' || g.statement and exists (select 1 from evidence_link o where o.evidence = l.evidence and o.thing <> l.thing)) as elsewhere
  from signature g join statement s on s.id = g.statement where g.signed_at < $1 order by g.signed_at, g.id;
