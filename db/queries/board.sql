-- What a board paper is drawn from: records that never change, and events. What
-- may have changed since is read for what of it stays (see internal/board).

-- name: ListEventsBy :many
select id, at, actor, actor_name, office, organisation, kind, thing, detail, digest
  from event
 where organisation = $1 and at <= $2
   and kind in ('alert received', 'past alert imported', 'past answer imported', 'alert acknowledged', 'applicability given', 'action recorded', 'alert closed', 'alert opened again',
       'alert version received', 'risk accepted', 'statement asked for', 'statement taken up again', 'statement locked', 'statement co-signed', 'statement returned', 'statement withdrawn', 'replacement asked for', 'replacement begun',
      'replacement given up', 'statement replaced', 'signature withdrawn', 'outcome recorded')
 order by at, id;

-- name: ListRegistered :many
select id, at, actor, actor_name, office, organisation, kind, thing, detail, digest
  from event where organisation = $1 and kind = 'organisation imported' order by at, id;

-- name: FindFirstEventOf :one
select at from event where organisation = $1 order by at limit 1;

-- name: ListSentBy :many
select sqlc.embed(r), sqlc.embed(a)
  from alert_response r join alert a on a.id = r.alert
 where r.organisation = $1 and r.issued_at <= $2
 order by r.issued_at, r.alert;

-- name: ListVersionsBy :many
select v.* from alert_version v join alert_response r on r.alert = v.alert
 where r.organisation = $1 and v.state = 'issued' and v.issued_at <= $2
 order by v.alert, v.number;

-- name: ListRiskRequestsBy :many
select * from risk_request where organisation = $1 and asked_at <= $2 order by asked_at, id;

-- name: ListRiskSignaturesBy :many
select sqlc.embed(g), sqlc.embed(t) from risk_signature g join risk_attempt t on t.id = g.attempt
 where g.organisation = $1 and g.signed_at <= $2 order by g.signed_at, g.id;

-- name: ListEveryStatementOf :many
select * from statement where organisation = $1 order by id;

-- name: ListSignaturesOf :many
select * from signature where organisation = $1 and signed_at <= $2 order by signed_at, id;

-- name: ListMovesOf :many
select * from extension where organisation = $1 and state = 'confirmed' order by decided_at, id;

-- name: ListCommitmentsBy :many
select * from commitment where organisation = $1 and made_at <= $2 order by made_at, part, id;

-- name: ListCommitmentStepsBy :many
select * from commitment_step where organisation = $1 and said_at <= $2 order by said_at, id;

-- name: FindAssessmentBy :many
select * from assessment where organisation = $1 and started_at <= $2 order by started_at desc, id desc limit 1;

-- name: FindHeadBy :many
select size, root, note, signed_at from log_checkpoint where signed_at <= $1 order by size desc limit 1;
