-- name: AddTemplate :exec
insert into statement_template (id, edition, title, digest, document) values ($1, $2, $3, $4, $5);

-- name: FindTemplate :one
select * from statement_template where id = $1 and edition = $2;

-- name: ListTemplates :many
select id, edition, document from statement_template order by id, edition desc;

-- name: ListAsked :many
select organisation, cast(max(number) as bigint) as number, cast(sum(case when withdrawn_at is null then 1 else 0 end) as bigint) as held
  from statement where template = $1 and period = $2 group by organisation order by organisation;

-- name: AddStatement :exec
insert into statement (id, organisation, template, edition, number, replaces, period, period_from, period_to, due_at, state, gaps, explained, board_on,
       facts, words, digest, locked_by, preparation, campaign, title, supersedes, supersede_why, supersede_by, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'preparing', $11, '[]', $12, '{}', '', '', '', $13, $14, $15, $16, $17, $18, 1);

-- name: ChangeStatement :execrows
-- The preparation of locked words is not written again.
update statement set state = sqlc.arg(state), gaps = sqlc.arg(gaps), board_on = sqlc.arg(board_on), facts = sqlc.arg(facts), words = sqlc.arg(words), digest = sqlc.arg(digest), co_signs = sqlc.arg(co_signs),
       locked_at = sqlc.arg(locked_at), locked_by = sqlc.arg(locked_by), ended_at = sqlc.arg(ended_at),
       preparation = case when words = '' then cast(sqlc.arg(preparation) as text) else preparation end, version = version + 1
 where id = sqlc.arg(id) and organisation = sqlc.arg(organisation) and version = sqlc.arg(version);

-- name: FindStatement :one
select * from statement where id = $1 and organisation = $2;

-- name: ListStatementsOf :many
select * from statement where organisation = $1 order by due_at desc, number desc, id limit 50;

-- name: ListStatementOutcomes :many
select s.id, s.organisation, o.name, s.number, s.period, s.title, s.template, s.campaign, c.name as campaign_name, s.due_at, s.state, s.ended_at,
       cast(case when s.state = 'locked' and s.co_signs > (select count(*) from co_signature c where c.statement = s.id) then 1 else 0 end as bigint) as awaits,
       case when s.version > 1 or s.replaces <> '' or s.board_on <> '' or s.gaps <> '[]' then 1 else 0 end as begun, coalesce(g.opinion, '') as opinion, coalesce(g.late, 0) as late, coalesce(g.code, '') as code,
       w.signed_at as revoked_at, coalesce(n.code, '') as next_code, case when s.supersedes is not null and v.id is null then 1 else 0 end as optional
  from statement s join organisation o on o.code = s.organisation left join campaign c on c.id = s.campaign left join signature g on g.statement = s.id left join withdrawal w on w.statement = s.id
  left join statement r on r.supersedes = s.id and r.state = 'signed' and r.state <> 'returned' and r.withdrawn_at is null left join signature n on n.statement = r.id left join withdrawal v on v.statement = s.supersedes
 where s.due_at >= $1 and s.withdrawn_at is null order by s.due_at desc, s.organisation, s.number;

-- name: FindReview :one
select * from review where statement = $1 and person = $2;

-- name: AddReview :exec
insert into review (statement, person, began_at, opinion, exceptions, reason, shown, version) values ($1, $2, $3, $4, $5, $6, $7, 1);

-- name: ChangeReview :execrows
update review set began_at = $3, opinion = $4, exceptions = $5, reason = $6, shown = $7, version = version + 1
 where statement = $1 and person = $2 and version = $8;

-- name: FindDecline :one
select reason from review where statement = $1 and opinion = 'declined' and reason <> '' order by person limit 1;

-- name: AddStepUp :exec
insert into step_up (id, statement, organisation, person, document, digest, salt, nonce, review_began, arrived_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: FindStepUp :one
select * from step_up where id = $1 and organisation = $2;

-- name: UseStepUp :execrows
update step_up set used_at = $2 where id = $1 and used_at is null;

-- name: AddSignature :exec
insert into signature (id, code, statement, organisation, person, signer_name, office, acting, opinion, exceptions, document, digest, words_digest,
       salt, nonce, step_up, issuer, subject, acr, auth_at, arrived_at, signed_at, late, id_token, key_set)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25);

-- name: FindSignatureOf :one
select * from signature where statement = $1 and organisation = $2;

-- name: FindSignatureByCode :one
select sqlc.embed(g), o.name as organisation_name, s.words, s.period
  from signature g join organisation o on o.code = g.organisation join statement s on s.id = g.statement where g.code = $1;

-- name: ListSignaturesBy :many
select g.id, g.code, g.statement, g.organisation, g.opinion, g.signed_at, g.late, g.exceptions, s.period, w.signed_at as revoked_at, case when r.id is null then 0 else 1 end as replaced
  from signature g join statement s on s.id = g.statement left join withdrawal w on w.statement = s.id left join statement r on r.supersedes = s.id and r.state = 'signed' and r.state <> 'returned' and r.withdrawn_at is null where g.person = $1 and g.organisation = $2 order by g.signed_at desc, g.id limit $3;

-- name: ListUnsignedStatementsOf :many
select * from statement where organisation = $1 and state in ('preparing', 'locked') and withdrawn_at is null order by due_at, id limit 20;
