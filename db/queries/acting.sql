-- name: AddActing :exec
insert into acting_request (id, organisation, person, person_name, from_on, to_on, reason, asked_by, asked_name, asked_at, state, decided_name, why, ended_name, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', '', '', '', 1);

-- name: ChangeActing :execrows
update acting_request set state = $3, decided_by = $4, decided_name = $5, decided_at = $6, why = $7, appointment = $8, ended_at = $9, ended_name = $10, version = version + 1
 where id = $1 and organisation = $2 and version = $11;

-- name: FindActing :one
select * from acting_request where id = $1 and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or organisation = sqlc.arg(organisation));

-- name: FindActingOf :one
select sqlc.embed(r), o.name as organisation_name from acting_request r join organisation o on o.code = r.organisation
 where r.id = $1 and (cast(sqlc.arg(organisation) as text) = 'NATIONAL' or r.organisation = sqlc.arg(organisation));

-- name: AuditActing :many
select r.* from acting_request r where r.id > $1 order by r.id limit $2;

-- name: ListActingVouchers :many
select sqlc.embed(e), l.leaf, l.salt, l.mac, case when exists (select 1 from log_entry n where n.event = e.id) then 1 else 0 end as placed from event e join log_leaf l on l.event = e.id
 where e.thing = $1 and e.organisation = $2
   and e.kind in ('acting chief executive asked for', 'acting chief executive confirmed', 'acting chief executive refused', 'acting chief executive withdrawn', 'acting chief executive ended');

-- name: ListActingOf :many
select * from acting_request where organisation = $1 order by asked_at desc, id limit 100;

-- name: ListActing :many
select sqlc.embed(r), o.name as organisation_name from acting_request r join organisation o on o.code = r.organisation order by case when r.state = 'waiting' then 0 else 1 end, r.asked_at desc, r.id limit 500;
