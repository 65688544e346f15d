-- name: AddEvent :exec
insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: ListEventsOf :many
select id, at, actor, actor_name, office, organisation, kind, thing, detail, digest
  from event where organisation = $1 order by at desc, id limit $2;

-- name: ListEventsOfThing :many
select id, at, actor, actor_name, office, organisation, kind, thing, detail, digest
  from event where thing = $1 and organisation = $2 order by at desc, id limit $3;

-- name: FindLastEventAt :one
select at from event order by at desc limit 1;

-- name: MoveMark :exec
insert into change_mark (organisation, n) values ($1, 1)
on conflict (organisation) do update set n = change_mark.n + 1;

-- name: FindMark :one
select cast(coalesce(sum(n), 0) as bigint) as n from change_mark where organisation = $1 or organisation = 'NATIONAL';

-- name: FindMarkOfAll :one
select cast(coalesce(sum(n), 0) as bigint) as n from change_mark;

-- name: ListEventsMade :many
select sqlc.embed(e), l.leaf, l.salt, l.mac
  from event e join log_leaf l on l.event = e.id where e.thing = $1 and e.organisation = $2 and e.kind = $3 order by e.at desc, e.id desc;
