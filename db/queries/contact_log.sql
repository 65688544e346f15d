-- name: ListProgress :many
select r.organisation, o.name, o.kind, o.region, r.acknowledged_at, r.acknowledged_by, r.answered_at, r.answer_due,
       r.renew_edition, r.renew_due, r.renewed_at, r.stopped_at,
       (select count(*) from alert_opening x where x.alert = r.alert and x.organisation = r.organisation) as people,
       (select cast(coalesce(max(x.opened_at), 0) as bigint) from alert_opening x where x.alert = r.alert and x.organisation = r.organisation) as opened_at,
       (select cast(coalesce(max(c.rung_at), 0) as bigint) from contact_log c where c.alert = r.alert and c.organisation = r.organisation) as rung_at
  from alert_response r join organisation o on o.code = r.organisation
 where r.alert = $1 order by r.organisation;

-- name: ListAcknowledgementsBefore :many
select r.alert, r.issued_at, r.acknowledged_at
  from alert_response r join alert_response here on here.alert = sqlc.arg(alert) and here.organisation = r.organisation
 where r.alert in (
       select a.id from alert a join alert this on this.id = sqlc.arg(alert)
        where a.state = 'issued' and a.severity = this.severity and a.issued_at < this.issued_at
          and 2 * (select count(*) from alert_response x join alert_response y on y.alert = sqlc.arg(alert) and y.organisation = x.organisation where x.alert = a.id)
              >= (select count(*) from alert_response z where z.alert = sqlc.arg(alert))
        order by a.issued_at desc, a.id limit sqlc.arg(most))
 order by r.issued_at, r.alert, r.organisation;

-- name: ListPhones :many
select sqlc.embed(a), p.name, p.phone
  from alert_response r join appointment a on a.organisation = r.organisation join person p on p.id = a.person
 where r.alert = $1 and r.acknowledged_at is null and a.from_at <= $2 and (a.to_at is null or a.to_at > $2)
 order by r.organisation, a.from_at, a.id;

-- name: LogCall :exec
insert into contact_log (id, alert, organisation, rung, rung_by, rung_by_name, rung_at, outcome, logged_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListCalls :many
select c.id, c.alert, c.organisation, o.name, c.rung, c.rung_by_name, c.rung_at, c.outcome
  from contact_log c join organisation o on o.code = c.organisation
 where c.alert = $1 order by c.rung_at desc, c.id desc limit $2;

-- name: ListCallsOf :many
select id, alert, organisation, rung, rung_by, rung_by_name, rung_at, outcome, logged_at
  from contact_log
 where alert = $1 and organisation = $2 order by rung_at desc, id desc limit $3;

-- name: FindOpening :one
select opened_at from alert_opening where alert = $1 and organisation = $2 and person = $3;

-- name: AddOpening :execrows
insert into alert_opening (id, alert, organisation, person, opened_at) values ($1, $2, $3, $4, $5)
on conflict (alert, organisation, person) do nothing;
