-- name: AddCampaign :exec
insert into campaign (id, name, template, edition, period, period_from, period_to, due_at, audience, asked_by, asked_name, asked_at, withdrawn_name, withdrawn_why, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', 1);

-- name: FindCampaign :one
select * from campaign where id = $1;

-- name: JoinCampaign :execrows
update campaign set version = version + 1 where id = $1 and withdrawn_at is null;

-- name: WithdrawCampaign :execrows
update campaign set withdrawn_at = $2, withdrawn_name = $3, withdrawn_why = $4, version = version + 1 where id = $1 and version = $5;

-- name: ListCampaigns :many
select sqlc.embed(c),
       cast(count(distinct s.organisation) as bigint) as asked,
       cast(coalesce(sum(case when s.state = 'signed' and w.id is null and r.id is null then 1 else 0 end), 0) as bigint) as signed,
       cast(coalesce(sum(case when s.state in ('preparing', 'locked') and s.withdrawn_at is null and s.due_at <= sqlc.arg(now) and (s.supersedes is null or v.id is not null) then 1 else 0 end), 0) as bigint) as late
  from campaign c left join statement s on s.campaign = c.id
  left join withdrawal w on w.statement = s.id left join statement r on r.supersedes = s.id and r.state = 'signed' and r.state <> 'returned' and r.withdrawn_at is null left join withdrawal v on v.statement = s.supersedes
 group by c.id order by c.asked_at desc, c.id limit 200;

-- name: ListStatementsIn :many
select * from statement where campaign = $1 order by organisation, number;

-- name: ListFollowed :many
select s.id, s.organisation, o.name, s.number, s.period, s.due_at, s.state, s.ended_at, s.withdrawn_at, s.title,
       case when s.version > 1 or s.replaces <> '' or s.board_on <> '' or s.gaps <> '[]' then 1 else 0 end as begun, s.board_on,
       cast(case when s.state = 'locked' and s.co_signs > (select count(*) from co_signature c where c.statement = s.id) then 1 else 0 end as bigint) as awaits,
       coalesce(g.opinion, '') as opinion, coalesce(g.late, 0) as late, coalesce(g.code, '') as code,
       w.signed_at as revoked_at, coalesce(n.code, '') as next_code, case when s.supersedes is not null and v.id is null then 1 else 0 end as optional
  from statement s join organisation o on o.code = s.organisation left join signature g on g.statement = s.id left join withdrawal w on w.statement = s.id
  left join statement r on r.supersedes = s.id and r.state = 'signed' and r.state <> 'returned' and r.withdrawn_at is null left join signature n on n.statement = r.id left join withdrawal v on v.statement = s.supersedes
 where s.campaign = $1 order by s.organisation, s.number;

-- name: FindStatementIn :one
select * from statement where id = $1 and campaign = $2;

-- name: WithdrawStatement :execrows
update statement set withdrawn_at = $2, version = version + 1 where id = $1 and version = $3;

-- name: MoveDeadline :execrows
update statement set due_at = $2 where id = $1 and version = $3;

-- name: AddExtension :exec
insert into extension (id, statement, organisation, was_due_at, due_at, reason, asked_by, asked_name, asked_at, state, decided_name, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', '', 1);

-- name: ListExtensionsOf :many
select * from extension where statement = $1 and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or organisation = sqlc.arg(organisation)) order by asked_at desc, id;

-- name: ListExtensionsIn :many
select sqlc.embed(x) from extension x join statement s on s.id = x.statement where s.campaign = $1 order by x.asked_at desc, x.id;

-- name: DecideExtension :execrows
update extension set state = $2, decided_by = $3, decided_name = $4, decided_at = $5, version = version + 1 where id = $1 and version = $6;

-- name: ListUnsignedStatements :many
-- What takes the place of a statement that still stands is owed to nobody.
select sqlc.embed(s), o.name as organisation_name, c.asked_at from statement s join organisation o on o.code = s.organisation left join campaign c on c.id = s.campaign
  left join withdrawal v on v.statement = s.supersedes
 where (s.supersedes is null or v.id is not null) and s.state in ('preparing', 'locked') and s.withdrawn_at is null and s.due_at > sqlc.arg(due_from) and s.due_at <= sqlc.arg(due_by) order by s.due_at, s.organisation, s.id;
