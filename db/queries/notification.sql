-- name: AddMessage :execrows
insert into message (id, key, organisation, thing, purpose, turn, name, address, facts, state, attempts, reply, made_at)
select cast(sqlc.arg(id) as text), cast(sqlc.arg(key) as text), cast(sqlc.arg(organisation) as text), cast(sqlc.arg(thing) as text), cast(sqlc.arg(purpose) as text), cast(sqlc.arg(turn) as text),
       cast(sqlc.arg(name) as text), cast(sqlc.arg(address) as text), cast(sqlc.arg(facts) as text), 'waiting', 0, '', cast(sqlc.arg(made_at) as bigint)
 where not exists (select 1 from message m where m.key = sqlc.arg(key)) on conflict do nothing;

-- name: FindMessage :one
select * from message where id = $1 and organisation = $2;

-- name: BeginMessage :execrows
update message set state = 'sending', attempts = attempts + 1 where id = $1 and organisation = $2 and attempts = $3 and ended_at is null;

-- name: EndMessage :execrows
update message set state = $4, reply = $5, ended_at = $6 where id = $1 and organisation = $2 and attempts = $3 and ended_at is null;

-- name: WaitMessage :execrows
update message set state = 'waiting', reply = $4 where id = $1 and organisation = $2 and attempts = $3 and state = 'sending';

-- name: ListReached :many
select r.organisation, o.name from alert_response r join organisation o on o.code = r.organisation where r.alert = $1 order by r.organisation;

-- name: ListHoldersReached :many
select sqlc.embed(a), p.name, p.email
  from alert_response r join appointment a on a.organisation = r.organisation join person p on p.id = a.person
 where r.alert = $1 and a.from_at <= $2 and (a.to_at is null or a.to_at > $2)
 order by a.organisation, a.from_at, a.id;

-- name: ListContactsReached :many
select c.organisation, c.id, c.name, c.email
  from alert_response r join contact c on c.organisation = r.organisation
 where r.alert = $1 and c.removed_at is null
 order by c.organisation, c.id;

-- name: ListDeliveries :many
select r.organisation, coalesce(m.state, '') as state, count(m.id) as n, cast(coalesce(max(m.ended_at), 0) as bigint) as last_at
  from alert_response r left join message m on m.thing = 'alert/' || r.alert and m.organisation = r.organisation and m.state <> 'not_needed'
 where r.alert = $1 group by r.organisation, m.state order by r.organisation;

-- name: CountMessagesAbout :one
select count(*) as n from message where thing = $1;

-- name: ListMessagesOf :many
select * from message where organisation = $1 and made_at >= $2 order by made_at desc, id limit $3;

-- name: ListContactsOf :many
select id, name, email, added_at from contact where organisation = $1 and removed_at is null order by added_at, id;

-- name: AddContact :exec
insert into contact (id, organisation, name, email, added_by, added_at, version) values ($1, $2, $3, $4, $5, $6, 1);

-- name: RemoveContact :execrows
update contact set removed_at = $3, version = version + 1 where id = $1 and organisation = $2 and removed_at is null;

-- name: CountSince :one
select count(*) as n from message where thing = $1 and organisation = $2 and purpose = $3 and made_at > $4;

-- name: ListTurnsOf :many
select distinct organisation, turn from message where thing = $1 and turn <> '';

-- name: ListOwed :many
select sqlc.embed(r), a.number, a.rehearsal
  from alert_response r join alert a on a.id = r.alert
 where r.closed_at is null and r.stopped_at is null and a.state = 'issued'
   and ((r.answered_at is null and r.answer_due > sqlc.arg(due_from) and r.answer_due <= sqlc.arg(answer_by))
        or (r.renewed_at is null and r.renew_due > sqlc.arg(due_from) and r.renew_due <= sqlc.arg(answer_by))
        or (r.accepted_until > sqlc.arg(due_from) and r.accepted_until <= sqlc.arg(accepted_by))
        or (r.next_update_due > sqlc.arg(due_from) and r.next_update_due <= sqlc.arg(update_by)))
 order by r.alert, r.organisation;

-- name: ListOpenOrganisations :many
select code, name from organisation
 where opened_on <= sqlc.arg(today) and (closed_on = '' or closed_on > sqlc.arg(today)) and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or code = sqlc.arg(organisation))
 order by code;

-- name: ListAddressesInOffice :many
select sqlc.embed(a), p.email
  from appointment a join person p on p.id = a.person
 where a.from_at <= sqlc.arg(at) and (a.to_at is null or a.to_at > sqlc.arg(at)) and a.organisation <> 'NATIONAL'
   and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or a.organisation = sqlc.arg(organisation))
 order by a.organisation, a.id;

-- name: ListAddressesOfContacts :many
select organisation, email from contact
 where removed_at is null and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or organisation = sqlc.arg(organisation)) order by organisation, id;

-- name: ListBounces :many
select m.organisation, m.name, m.address, m.purpose, m.reply, m.ended_at from message m
 where m.state = 'refused' and m.organisation <> 'NATIONAL' and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or m.organisation = sqlc.arg(organisation))
   and not exists (select 1 from message n where n.organisation = m.organisation and n.address = m.address and n.ended_at > m.ended_at and n.state in ('handed_over', 'refused'))
 order by m.ended_at desc, m.id limit 1000;

-- name: ListLastTests :many
select organisation, cast(max(made_at) as bigint) as at from message
 where purpose = 'test' and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or organisation = sqlc.arg(organisation)) group by organisation;

-- name: AddWebhook :exec
insert into webhook (id, organisation, url, secret, made_by, made_at, version) values ($1, 'NATIONAL', $2, $3, $4, $5, 1);

-- name: ListWebhooks :many
select id, url, made_by, made_at from webhook where organisation = 'NATIONAL' and ended_at is null order by id;

-- name: FindWebhook :one
select id, url, secret, made_by, made_at from webhook where id = $1 and organisation = 'NATIONAL' and ended_at is null;

-- name: EndWebhook :execrows
update webhook set ended_at = $2, version = version + 1 where id = $1 and ended_at is null;

-- name: ListStatementsAsked :many
select organisation, detail from event where kind in ('statement asked for', 'statement deadline moved', 'statement withdrawn') and at >= $1 and at < $2 and organisation <> 'NATIONAL' order by organisation, at, id;

-- name: CountEvidenceEnding :many
select organisation, count(*) as n from evidence where runs_until = $1 and verdict = 'ready' group by organisation order by organisation;
