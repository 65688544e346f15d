-- name: AddPerson :exec
insert into person (id, name, email, phone, steps) values ($1, $2, $3, $4, 1);

-- name: FindPerson :one
select * from person where id = $1;

-- name: ChangePerson :execrows
update person set name = $2, email = $3, phone = $4, steps = steps + 1 where id = $1 and steps = $5;

-- name: ListPeople :many
select * from person where id > $1 order by id limit $2;

-- name: ListLogins :many
select * from login where id > $1 order by id limit $2;

-- name: ListAppointments :many
select * from appointment where id > $1 order by id limit $2;

-- name: ListInOffice :many
select * from appointment where office = $1 and from_at <= $2 and (to_at is null or to_at > $2) order by organisation, id;

-- name: AddLogin :exec
insert into login (id, issuer, subject, person, name, email, steps, mac, version) values ($1, $2, $3, $4, '', '', 1, $5, 1);

-- name: FindLogin :one
select * from login where issuer = $1 and subject = $2;

-- name: ChangeLogin :execrows
update login set name = $3, email = $4, changed_at = $5, steps = $6, mac = $7, version = version + 1
 where issuer = $1 and subject = $2 and version = $8;

-- name: ListLoginsOf :many
select * from login where person = $1 order by id;

-- name: AddAppointment :exec
insert into appointment (id, person, office, organisation, from_at, to_at, acting, recorded_by, recorded_at, mac, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1);

-- name: EndAppointment :execrows
update appointment set to_at = $2, mac = $3, version = version + 1 where id = $1 and to_at is null;

-- name: ListAppointmentsOf :many
select * from appointment where person = $1 order by from_at, id;

-- name: ListHolders :many
select p.name, p.email, p.phone, sqlc.embed(a)
  from appointment a join person p on p.id = a.person
 where a.organisation = $1 and a.from_at <= $2 and (a.to_at is null or a.to_at > $2)
 order by a.from_at, a.id;

-- name: AddSignIn :exec
insert into sign_in (state, cookie, provider, nonce, verifier, return_to, step_up, started_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: TakeSignIn :one
delete from sign_in where state = $1 and cookie = $2
returning provider, nonce, verifier, return_to, step_up, started_at, ends_at;

-- name: SweepSignIns :exec
delete from sign_in where state in (select s.state from sign_in s where s.ends_at < $1 order by s.ends_at limit 100);

-- name: AddSession :exec
insert into session (key, person, issuer, provider_id, acr, auth_at, started_at, seen_at, mac) values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: FindSession :many
-- The mark is what FindMark says of the organisation.
select s.person, s.issuer, s.provider_id, s.acr, s.auth_at, s.started_at, s.seen_at, s.mac, p.name, coalesce(a.id, '') as appointment, coalesce(a.mac, '') as appointment_mac,
       coalesce(a.office, '') as office, coalesce(a.organisation, '') as organisation, coalesce(a.from_at, 0) as from_at, a.to_at, coalesce(a.acting, 0) as acting,
       cast(coalesce((select m.n from change_mark m where m.organisation = a.organisation), 0)
         + coalesce((select m.n from change_mark m where m.organisation = 'NATIONAL' and a.organisation <> 'NATIONAL'), 0) as bigint) as mark
  from session s join person p on p.id = s.person left join appointment a on a.person = s.person
 where s.key = $1;

-- name: SeeSession :exec
update session set seen_at = $2 where key = $1 and seen_at < $2;

-- name: EndSession :execrows
delete from session where key = $1;

-- name: EndSessionsOfProvider :many
delete from session
 where session.issuer = sqlc.arg(issuer)
   and (session.provider_id = sqlc.arg(provider_id) or cast(sqlc.arg(provider_id) as text) = '' or (session.provider_id = '' and cast(sqlc.arg(subject) as text) <> ''))
   and (cast(sqlc.arg(subject) as text) = '' or session.person in (select l.person from login l where l.issuer = sqlc.arg(issuer) and l.subject = sqlc.arg(subject)))
returning person;

-- name: AddLogoutToken :execrows
insert into logout_token (issuer, token, ends_at) values ($1, $2, $3) on conflict do nothing;

-- name: SweepLogoutTokens :exec
delete from logout_token where token in (select t.token from logout_token t where t.ends_at < $1 order by t.ends_at limit 100) and ends_at < $1;

-- name: SweepSessions :exec
delete from session where key in (select s.key from session s where s.started_at < $1 order by s.started_at limit 100);

-- name: ListVouchersOf :many
-- The events that tell of a person, their logins and their appointments.
select sqlc.embed(e), l.leaf, l.salt, l.mac, case when exists (select 1 from log_entry n where n.event = e.id) then 1 else 0 end as placed from event e join log_leaf l on l.event = e.id
 where e.thing in (select 'person/' || p.id from person p where p.id = $1 union all select 'login/' || g.id from login g where g.person = $1 union all select 'appointment/' || a.id from appointment a where a.person = $1)
   and e.kind in ('person recorded', 'contact changed', 'login recorded', 'login changed', 'login confirmed', 'appointment recorded', 'appointment ended');

-- name: ListVouchersOfPeople :many
select sqlc.embed(e), l.leaf, l.salt, l.mac, case when exists (select 1 from log_entry n where n.event = e.id) then 1 else 0 end as placed from person p join event e on e.thing = 'person/' || p.id join log_leaf l on l.event = e.id
 where p.id > sqlc.arg(after) and p.id <= sqlc.arg(last) and e.kind in ('person recorded', 'contact changed');

-- name: ListVouchersOfLogins :many
select sqlc.embed(e), l.leaf, l.salt, l.mac, case when exists (select 1 from log_entry n where n.event = e.id) then 1 else 0 end as placed from login g join event e on e.thing = 'login/' || g.id join log_leaf l on l.event = e.id
 where g.id > sqlc.arg(after) and g.id <= sqlc.arg(last) and e.kind in ('login recorded', 'login changed', 'login confirmed');

-- name: ListVouchersOfAppointments :many
select sqlc.embed(e), l.leaf, l.salt, l.mac, case when exists (select 1 from log_entry n where n.event = e.id) then 1 else 0 end as placed from appointment a join event e on e.thing = 'appointment/' || a.id join log_leaf l on l.event = e.id
 where a.id > sqlc.arg(after) and a.id <= sqlc.arg(last) and e.kind in ('appointment recorded', 'appointment ended');

-- name: ListAppointmentsAt :many
select sqlc.embed(a), p.name
  from appointment a join person p on p.id = a.person where a.organisation = $1 order by a.from_at, a.id;

-- name: CutAppointment :execrows
update appointment set to_at = $3, mac = $4, version = version + 1 where id = $1 and organisation = $2 and (to_at is null or to_at > $3);

-- name: ChangeAppointmentCode :execrows
update appointment set mac = cast(sqlc.arg(code) as text) where id = sqlc.arg(id) and mac = cast(sqlc.arg(was) as text);

-- name: ChangeLoginCode :execrows
update login set mac = cast(sqlc.arg(code) as text) where id = sqlc.arg(id) and mac = cast(sqlc.arg(was) as text);
