-- name: AddAlert :exec
insert into alert (id, title, severity, class, threat_type, why, steps, audience, author, drafted_at, state, more, rehearsal, origin, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1);

-- name: ChangeAlert :execrows
update alert set number = $2, title = $3, severity = $4, class = $5, threat_type = $6, why = $7, steps = $8, audience = $9,
       author = $10, approver = $11, issued_at = $12, answer_due = $13, action_due = $14, state = $15, more = $16, rehearsal = $17,
       edition = $18, withdrawn_at = $19, version = version + 1
 where id = $1 and version = $20;

-- name: FindAlert :one
select * from alert where id = $1;

-- name: ListDrafts :many
select * from alert a
 where a.state <> 'issued' and not exists (select 1 from alert_import i where i.alert = a.id and i.alert_version = a.version)
 order by a.drafted_at desc, a.id limit 100;

-- name: ListImportedDrafts :many
select sqlc.embed(a) from alert_import i join alert a on a.id = i.alert
 where a.state = 'draft' and a.version = i.alert_version
   and (lower(a.title) like cast(sqlc.arg(words) as text) escape '\' or lower(a.more) like cast(sqlc.arg(cve) as text) escape '\')
   and (cast(sqlc.arg(after) as text) = '' or i.imported_at < (select l.imported_at from alert_import l where l.alert = sqlc.arg(after))
        or (i.imported_at = (select l.imported_at from alert_import l where l.alert = sqlc.arg(after)) and i.alert > sqlc.arg(after)))
 order by i.imported_at desc, i.alert limit sqlc.arg(most);

-- name: CountImportedDrafts :one
select count(*) as n from alert_import i join alert a on a.id = i.alert
 where a.state = 'draft' and a.version = i.alert_version
   and (lower(a.title) like cast(sqlc.arg(words) as text) escape '\' or lower(a.more) like cast(sqlc.arg(cve) as text) escape '\');

-- name: LastAlertNumber :one
select cast(coalesce(max(number), 0) as bigint) as number from alert;

-- name: ListIssuedAlerts :many
select a.id, a.number, a.title, a.severity, a.class, a.rehearsal, a.issued_at, a.answer_due, a.action_due, a.withdrawn_at,
       (select count(*) from alert_response r where r.alert = a.id) as asked,
       (select count(*) from alert_response r where r.alert = a.id and r.acknowledged_at is not null) as acknowledged,
       (select count(*) from alert_response r where r.alert = a.id and r.answered_at is not null) as answered,
       (select count(*) from alert_response r where r.alert = a.id and r.outcome = 'fixed') as fixed
  from alert a where a.state = 'issued' and a.issued_at < $1 order by a.issued_at desc, a.id limit $2;

-- name: AddResponse :exec
insert into alert_response (alert, organisation, issued_at, answer_due, action_due, acknowledged_by, applicability, how_known, checked_on,
       outcome, fixed_count, asset_count, reason, plan_on, version)
values ($1, $2, $3, $4, $5, '', '', '[]', '', '', 0, 0, '', '', 1);

-- name: ChangeResponse :execrows
update alert_response set acknowledged_at = $3, acknowledged_by = $4, applicability = $5, how_known = $6, checked_on = $7, applied_at = $8,
       answered_at = $9, outcome = $10, fixed_count = $11, asset_count = $12, reason = $13, plan_on = $14, next_update_due = $15,
       closed_at = $16, answer_due = $17, action_due = $18, answered_edition = $19, answered_digest = $20, renew_edition = $21, renew_due = $22,
       renewed_at = $23, stopped_at = $24, accepted_until = $25, cover = $26, reopened_at = $27, version = version + 1
 where alert = $1 and organisation = $2 and version = $28;

-- name: FindResponse :one
select * from alert_response where alert = $1 and organisation = $2;

-- name: ListResponsesOf :many
select sqlc.embed(r), a.number, a.title, a.severity, a.class, a.rehearsal
  from alert_response r join alert a on a.id = r.alert
 where r.organisation = $1 and r.issued_at < $2
 order by r.issued_at desc, r.alert desc limit $3;

-- name: ListOpenResponsesOf :many
select sqlc.embed(r), a.number, a.title, a.severity, a.class, a.rehearsal
  from alert_response r join alert a on a.id = r.alert
 where r.organisation = $1 and r.closed_at is null and r.stopped_at is null
 order by +r.answer_due, r.alert limit $2; -- the plus: SQLite sorts the few that are open instead of walking all in their order

-- name: ListResponsesTo :many
select * from alert_response where alert = $1 order by organisation;

-- name: ListOnTimePairs :many
select r.organisation, r.issued_at, r.answer_due, r.answered_at
  from alert a join alert_response r on r.alert = a.id join organisation o on o.code = r.organisation
 where a.severity = 'high' and a.rehearsal = 0 and (r.stopped_at is null or r.stopped_at >= r.answer_due) and a.issued_at >= $1 and a.issued_at < $2 and r.answer_due <= $3 and o.kind = $4
 order by r.organisation, r.issued_at, r.alert;

-- name: CountOnTimeOf :one
select count(*) as due, cast(coalesce(sum(case when r.answered_at < r.answer_due then 1 else 0 end), 0) as bigint) as in_time
  from alert_response r join alert a on a.id = r.alert
 where a.severity = 'high' and a.rehearsal = 0 and (r.stopped_at is null or r.stopped_at >= r.answer_due) and r.organisation = $1 and r.answer_due >= $2 and r.answer_due < $3 and r.answer_due <= $4;

-- name: ListOnTimeMarksOf :many
select cast(coalesce(case when r.answered_at < r.answer_due then 1 else 0 end, 0) as bigint) as in_time
  from alert_response r join alert a on a.id = r.alert
 where a.severity = 'high' and a.rehearsal = 0 and (r.stopped_at is null or r.stopped_at >= r.answer_due) and r.organisation = $1 and r.answer_due >= $2 and r.answer_due < $3 and r.answer_due <= $4
 order by r.answer_due, r.alert;

-- name: AddVersion :exec
insert into alert_version (id, alert, number, kind, document, digest, reason, renew, answer_due, action_due, author, written_at, approver, issued_at, state, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1);

-- name: ChangeVersion :execrows
update alert_version set number = $2, approver = $3, issued_at = $4, state = $5, version = version + 1
 where id = $1 and version = $6;

-- name: FindWaitingVersion :one
select * from alert_version where alert = $1 and state = 'waiting';

-- name: ListWaitingVersions :many
select sqlc.embed(v), a.number, a.rehearsal, a.title
  from alert_version v join alert a on a.id = v.alert
 where v.state = 'waiting' order by v.written_at desc, v.id limit 100;

-- name: ListVersions :many
select * from alert_version where alert = $1 and state <> 'dropped' order by coalesce(number, 9223372036854775807) desc, id desc;

-- name: CountProofs :one
select count(*) from evidence_link l join evidence e on e.id = l.evidence
 where l.organisation = $1 and l.thing = $2 and e.verdict <> 'rejected';

-- name: AddImport :exec
insert into alert_import (alert, digest, imported_at) values ($1, $2, $3);

-- name: RenewImport :execrows
update alert_import set digest = $2, imported_at = $3, alert_version = $4 where alert = $1;

-- name: ListImported :many
select sqlc.embed(a), i.digest from alert_import i join alert a on a.id = i.alert;

-- name: FindAlertByNumber :one
select * from alert where number = $1;

-- name: ListPublicAlerts :many
-- The document is written by this program, and quotation marks inside its texts
-- are escaped: the pattern finds the mark of a public alert and nothing else.
select * from alert
 where state = 'issued' and rehearsal = 0 and withdrawn_at is null and more like '%"public":true%'
 order by issued_at desc, id limit $1;

-- name: ListLateOf :many
-- What CountOnTimeOf counts as due and not as in time.
select sqlc.embed(r), a.number, a.title, a.severity, a.class, a.rehearsal
  from alert_response r join alert a on a.id = r.alert
 where a.severity = 'high' and a.rehearsal = 0 and (r.stopped_at is null or r.stopped_at >= r.answer_due) and r.organisation = $1 and r.answer_due >= $2 and r.answer_due < $3 and r.answer_due <= $4
   and (r.answered_at is null or r.answered_at >= r.answer_due)
 order by r.answer_due, r.alert limit 500;

-- name: CountNotApplicable :one
-- A comparison crosses organisations by its nature. What comes out are sums of
-- the organisation and of all others of its kind, and no row of anybody.
select cast(coalesce(sum(case when r.organisation = sqlc.arg(organisation) and r.applicability = 'none' then 1 else 0 end), 0) as bigint) as own_none,
       cast(coalesce(sum(case when r.organisation = sqlc.arg(organisation) then 1 else 0 end), 0) as bigint) as own,
       cast(coalesce(sum(case when r.organisation <> sqlc.arg(organisation) and r.applicability = 'none' then 1 else 0 end), 0) as bigint) as others_none,
       cast(coalesce(sum(case when r.organisation <> sqlc.arg(organisation) then 1 else 0 end), 0) as bigint) as others,
       count(distinct case when r.organisation <> sqlc.arg(organisation) then r.organisation end) as peers
  from organisation me join organisation o on o.kind = me.kind join alert_response r on r.organisation = o.code join alert a on a.id = r.alert
 where me.code = sqlc.arg(organisation) and a.rehearsal = 0 and r.issued_at >= sqlc.arg(begins) and r.issued_at <= sqlc.arg(ends) and r.applicability in ('all', 'some', 'none');
