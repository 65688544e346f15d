-- name: AddPerson :exec
insert into person (id, name, email, phone) values ($1, $2, $3, $4);

-- name: FindPerson :one
select id, name, email, phone from person where id = $1;

-- name: ChangePerson :execrows
update person set name = $2, email = $3, phone = $4 where id = $1 and name = $5 and email = $6 and phone = $7;

-- name: ListPeople :many
select id, name, email, phone from person order by id;

-- name: ListLogins :many
select issuer, subject, person from login order by issuer, subject;

-- name: ListAppointments :many
select id, person, office, organisation, from_at, to_at, acting from appointment order by from_at, id;

-- name: ListInOffice :many
select distinct organisation from appointment where office = $1 and from_at <= $2 and (to_at is null or to_at > $2) order by organisation;

-- name: AddLogin :exec
insert into login (issuer, subject, person, name, email, version) values ($1, $2, $3, '', '', 1);

-- name: FindLogin :one
select * from login where issuer = $1 and subject = $2;

-- name: ChangeLogin :execrows
update login set name = $3, email = $4, changed_at = $5, version = version + 1
 where issuer = $1 and subject = $2 and version = $6;

-- name: FindChangedLogin :one
select cast(coalesce(min(changed_at), 0) as bigint) as at from login where person = $1;

-- name: AddAppointment :exec
insert into appointment (id, person, office, organisation, from_at, to_at, acting, recorded_by, recorded_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1);

-- name: EndAppointment :execrows
update appointment set to_at = $2, version = version + 1 where id = $1 and to_at is null;

-- name: ListAppointmentsOf :many
select office, organisation, from_at, to_at, acting from appointment where person = $1 order by from_at, id;

-- name: ListHolders :many
select p.id, p.name, p.email, p.phone, a.office, a.from_at, a.to_at, a.acting
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
insert into session (key, person, issuer, provider_id, acr, auth_at, started_at, seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: FindSession :many
-- The mark is what FindMark says of the organisation.
select s.person, s.issuer, s.provider_id, s.acr, s.auth_at, s.started_at, s.seen_at, p.name,
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


-- name: ListHeldOf :many
select id, person, office, organisation, from_at, to_at, acting from appointment where person = $1 order by from_at, id;

-- name: ListVouchersOf :many
select a.id as appointment, e.id, e.at, e.actor, e.actor_name, e.office, e.organisation, e.kind, e.thing, e.detail, e.digest, l.leaf, l.salt, l.mac
  from appointment a join event e on e.thing = 'appointment/' || a.id join log_leaf l on l.event = e.id
 where a.person = $1 and e.kind in ('appointment recorded', 'appointment ended') order by a.id, e.at desc, e.id desc;

-- name: ListLoginVouchersOf :many
select sqlc.embed(e), l.leaf, l.salt, l.mac from event e join log_leaf l on l.event = e.id where e.thing = $1 and e.kind = 'person recorded' order by e.id;

-- name: ListAppointmentsAt :many
select a.id, a.person, p.name, a.office, a.organisation, a.from_at, a.to_at, a.acting
  from appointment a join person p on p.id = a.person where a.organisation = $1 order by a.from_at, a.id;

-- name: CutAppointment :execrows
update appointment set to_at = $3, version = version + 1 where id = $1 and organisation = $2 and (to_at is null or to_at > $3);
