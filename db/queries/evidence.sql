-- name: AddEvidence :exec
insert into evidence (id, organisation, title, owner, about_on, runs_until, file_name, media_type, size, digest, verdict, verdict_by, verdict_why,
       received_by, received_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1);

-- name: ChangeEvidenceVerdict :execrows
update evidence set verdict = $3, verdict_by = $4, verdict_why = $5, version = version + 1 where id = $1 and organisation = $2 and version = $6;

-- name: FindEvidence :one
select sqlc.embed(e), p.name as owner_name from evidence e join person p on p.id = e.owner where e.id = $1 and e.organisation = $2;

-- name: FindEvidenceByDigest :one
select sqlc.embed(e), p.name as owner_name from evidence e join person p on p.id = e.owner where e.digest = $1 and e.organisation = $2;

-- name: ListEvidence :many
select sqlc.embed(e), p.name as owner_name from evidence e join person p on p.id = e.owner
 where e.organisation = $1 order by e.runs_until, e.id limit 200;

-- name: ListEvidenceFor :many
select sqlc.embed(e), p.name as owner_name
  from evidence_link l join evidence e on e.id = l.evidence join person p on p.id = e.owner
 where l.organisation = $1 and l.thing = $2 order by e.received_at, e.id limit 200;

-- name: AddEvidenceLink :exec
insert into evidence_link (evidence, organisation, thing, linked_by, linked_at) values ($1, $2, $3, $4, $5)
on conflict (evidence, thing) do nothing;

-- name: ListEvidenceLinks :many
select evidence, thing from evidence_link where organisation = $1 order by evidence, thing;

-- name: ListReadyEvidence :many
select digest, runs_until from evidence where organisation = $1 and verdict = 'ready';

-- name: CountEvidence :one
select count(*) from evidence where organisation = $1 and verdict = 'ready' and runs_until >= $2;

-- name: HeldEvidence :one
select cast(coalesce(sum(size), 0) as bigint) as held from evidence where organisation = $1;

-- name: ListEvidenceWaiting :many
-- What no scanner has judged, of every organisation.
select sqlc.embed(e), p.name as owner_name from evidence e join person p on p.id = e.owner
 where e.verdict in ('checking', 'not_scanned') and e.id > $1 order by e.id limit $2;

-- name: ListEvidenceEntries :many
-- What every record says of its bytes, of every organisation.
select id, organisation, digest, size from evidence where id > $1 order by id limit $2;
