-- name: AddMessage :execrows
insert into message (id, key, organisation, thing, purpose, name, address, facts, state, attempts, reply, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, '', $9) on conflict do nothing;

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
select a.organisation, a.office, p.id, p.name, p.email
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
