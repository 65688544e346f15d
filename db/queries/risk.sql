-- name: AddRiskRequest :exec
insert into risk_request (id, alert, organisation, number, what, patients, cover, until_on, chief, asked_by, asked_at, state, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1);

-- name: ChangeRiskRequest :execrows
update risk_request set until_on = $2, state = $3, version = version + 1 where id = $1 and version = $4;

-- name: ListRiskRequests :many
select * from risk_request where alert = $1 and organisation = $2 order by number desc;

-- name: FindRiskRequest :one
select * from risk_request where id = $1 and organisation = $2;

-- name: ListWaitingRisks :many
select sqlc.embed(r), a.number as alert_number, a.title, a.rehearsal, p.action_due
  from risk_request r join alert a on a.id = r.alert
  join alert_response p on p.alert = r.alert and p.organisation = r.organisation
 where r.organisation = $1 and r.state in ('asked', 'escalated') and p.outcome = 'cannot' and p.closed_at is null and p.stopped_at is null
 order by r.asked_at, r.id;

-- name: AddRiskAttempt :exec
insert into risk_attempt (id, request, organisation, person, office, verdict, until_on, document, digest, salt, nonce, arrived_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: FindRiskAttempt :one
select sqlc.embed(t), r.alert from risk_attempt t join risk_request r on r.id = t.request where t.id = $1 and t.organisation = $2;

-- name: UseRiskAttempt :execrows
update risk_attempt set used_at = $2 where id = $1 and used_at is null;

-- name: AddRiskSignature :exec
insert into risk_signature (id, attempt, request, organisation, signer_name, office, acting, issuer, subject, acr, auth_at, signed_at, id_token, key_set)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: ListRiskSignatures :many
select sqlc.embed(g), sqlc.embed(t) from risk_signature g join risk_attempt t on t.id = g.attempt join risk_request r on r.id = g.request
 where r.alert = $1 and g.organisation = $2 order by g.signed_at desc, g.id desc;
