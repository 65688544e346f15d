-- name: AddJob :execrows
insert into job (id, kind, payload, made_at, run_at, attempt, state, fault) values ($1, $2, $3, $4, $5, 0, 'ready', '') on conflict do nothing;

-- name: IsWorkDue :one
select cast(case when exists (select 1 from job where job.kind = $1 and job.state = 'ready' and job.run_at <= $2)
                   or exists (select 1 from job where job.kind = $1 and job.state = 'running' and job.lease_until <= $2) then 1 else 0 end as bigint) as due;

-- name: FinishJob :execrows
update job set state = 'done', lease_until = null, fault = '', ended_at = $3 where id = $1 and attempt = $2 and state = 'running';

-- name: RetryJob :execrows
update job set state = 'ready', lease_until = null, fault = $3, run_at = $4 where id = $1 and attempt = $2 and state = 'running';

-- name: BuryJob :execrows
update job set state = 'dead', lease_until = null, fault = $3, ended_at = $4 where id = $1 and attempt = $2 and state = 'running';

-- name: TakeLead :execrows
insert into lead (name, holder, lease_until) values (sqlc.arg(name), sqlc.arg(holder), sqlc.arg(lease_until))
on conflict (name) do update set holder = excluded.holder, lease_until = excluded.lease_until
 where lead.holder = excluded.holder or lead.lease_until <= sqlc.arg(now);

-- name: ListDeadJobs :many
select kind, attempt, fault, ended_at from job where state = 'dead' and kind <> $1 order by ended_at desc, id limit $2;

-- name: SweepJobs :execrows
delete from job where id in (select j.id from job j where j.state = 'done' and j.ended_at < $1 order by j.ended_at limit 1000);
