-- name: AddCommitment :exec
insert into commitment (id, organisation, statement, signature, period, part, what, doing, who, first_by, by_on, fate, made_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1);

-- name: ChangeCommitment :execrows
update commitment set by_on = $3, fate = $4, version = version + 1 where id = $1 and organisation = $2 and version = $5;

-- name: FindCommitment :one
select * from commitment where id = $1 and organisation = $2;

-- name: ListCommitments :many
select * from commitment where organisation = $1 order by case when fate = 'open' then 0 else 1 end, by_on, part, id limit 200;

-- name: ListOpenCommitments :many
select * from commitment where organisation = $1 and fate = 'open' order by by_on, part, id limit 200;

-- name: AddCommitmentStep :exec
insert into commitment_step (id, commitment, organisation, fate, was_by, is_by, note, evidence, said_by, said_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: ListCommitmentSteps :many
select s.* from commitment_step s where s.organisation = $1 and (s.commitment = $2 or cast($2 as text) = '') order by s.commitment, s.said_at, s.id limit 1000;

-- name: ListOpenCommitmentSteps :many
select s.* from commitment_step s join commitment c on c.id = s.commitment where s.organisation = $1 and c.fate = 'open' order by s.commitment, s.said_at, s.id;

-- name: AuditCommitments :many
select c.* from commitment c where c.id > $1 order by c.id limit $2;

-- name: AuditCommitmentSteps :many
select s.* from commitment_step s where s.commitment = $1 and s.organisation = $2 order by s.said_at, s.id;

-- name: CountOutstanding :many
-- Of every organisation: how many are open, and how many of them are late.
select organisation, count(*) as open, cast(coalesce(sum(case when by_on < $1 then 1 else 0 end), 0) as bigint) as late
  from commitment where fate = 'open' group by organisation order by organisation;
