-- name: BeginLog :exec
insert into log_start (one, at) select 1, cast($1 as bigint) where not exists (select 1 from log_start);

-- name: AddLeaf :exec
insert into log_leaf (event, leaf, salt, mac) values ($1, $2, $3, $4);

-- name: QueueLeaf :exec
insert into log_queue (event) values ($1);

-- name: ListQueue :many
select q.event, l.leaf, l.mac from log_queue q join log_leaf l on l.event = q.event where q.event > $1 order by q.event limit $2;

-- name: Unqueue :exec
delete from log_queue where event = $1;

-- name: CountQueue :one
select count(*) from log_queue;

-- name: AddEntry :exec
insert into log_entry (n, event) values ($1, $2);

-- name: AddHash :exec
insert into log_hash (n, hash) values ($1, $2);

-- name: FindHash :one
select hash from log_hash where n = $1;

-- name: ListHashes :many
select n, hash from log_hash where n >= $1 and n <= $2;

-- name: AddCheckpoint :exec
insert into log_checkpoint (size, root, note, signed_at) values ($1, $2, $3, $4);

-- name: FindHead :one
select size, root, note, signed_at from log_checkpoint order by size desc limit 1;

-- name: FindCheckpoint :one
select size, root, note, signed_at from log_checkpoint where size = $1;

-- name: AddCosignature :exec
insert into log_cosignature (size, witness, line, at) values ($1, $2, $3, $4);

-- name: ListCosignatures :many
select witness, line, at from log_cosignature where size = $1 order by witness;

-- name: FindCosigned :one
select size from log_cosignature where witness = $1 order by size desc limit 1;

-- name: Publish :exec
insert into log_published (size, published_at) values ($1, $2);

-- name: FindPublished :one
select size from log_published order by size desc limit 1;

-- name: FindCovering :one
select size from log_published where size > $1 and published_at >= $2 order by size limit 1;

-- name: FindPlace :one
select l.leaf, l.salt, l.mac, coalesce(e.n, -1) as n
  from log_leaf l left join log_entry e on e.event = l.event where l.event = $1;

-- name: FindFirstEntry :one
select l.leaf, l.mac from log_entry e join log_leaf l on l.event = e.event where e.n = 0;

-- name: FindFirstQueued :one
select l.leaf, l.mac from log_queue q join log_leaf l on l.event = q.event order by q.event limit 1;

-- name: ListLeaves :many
select e.n, l.leaf from log_entry e join log_leaf l on l.event = e.event where e.n >= $1 and e.n < $2 order by e.n;

-- name: FindKeySet :one
select digest, issuer, document, seen_at, event from key_set where digest = $1 and issuer = $2;

-- name: AddKeySet :exec
insert into key_set (digest, issuer, document, seen_at, event) values ($1, $2, $3, $4, $5);

-- name: ListKeySets :many
select sqlc.embed(k), sqlc.embed(e), coalesce(l.leaf, '') as leaf, coalesce(l.salt, '') as salt, coalesce(l.mac, '') as mac
  from key_set k join event e on e.id = k.event left join log_leaf l on l.event = e.id order by k.seen_at, k.digest, k.issuer;

-- name: ListCodes :many
select e.n, l.event, l.leaf, l.mac from log_entry e join log_leaf l on l.event = e.event where e.n >= $1 and e.n < $2 order by e.n;

-- name: ChangeCode :execrows
update log_leaf set mac = cast(sqlc.arg(code) as text) where event = sqlc.arg(event) and mac = cast(sqlc.arg(was) as text);
