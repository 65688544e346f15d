-- What `countersign fsck` compares. Pages follow the key, so that nothing is
-- held back from whoever works meanwhile.

-- name: AuditEntries :many
select e.n, coalesce(l.leaf, '') as leaf, coalesce(l.salt, '') as salt, coalesce(l.mac, '') as mac, coalesce(v.id, '') as id, coalesce(v.at, 0) as at, coalesce(v.actor, '') as actor,
       coalesce(v.actor_name, '') as actor_name, coalesce(v.office, '') as office, coalesce(v.organisation, '') as organisation, coalesce(v.kind, '') as kind,
       coalesce(v.thing, '') as thing, coalesce(v.detail, '') as detail, coalesce(v.digest, '') as digest
  from log_entry e left join log_leaf l on l.event = e.event left join event v on v.id = e.event
 where e.n >= $1 order by e.n limit $2;

-- name: AuditHashes :many
select n, hash from log_hash where n >= $1 order by n limit $2;

-- name: AuditCheckpoints :many
select c.size, c.root, c.note, c.signed_at, cast(case when p.size is null then 0 else 1 end as bigint) as shown
  from log_checkpoint c left join log_published p on p.size = c.size where c.size > $1 order by c.size limit $2;

-- name: AuditLoose :many
select l.event from log_leaf l where not exists (select 1 from log_entry e where e.event = l.event) and not exists (select 1 from log_queue q where q.event = l.event) order by l.event limit 1000;

-- name: AuditQueue :many
select q.event, l.leaf, l.mac, v.kind, v.thing from log_queue q join log_leaf l on l.event = q.event join event v on v.id = q.event where q.event > $1 order by q.event limit $2;

-- name: AuditWithout :many
select v.id, v.at, v.actor, v.actor_name, v.office, v.organisation, v.kind, v.thing, v.detail, v.digest
  from event v where v.id > $1 and v.at >= (select coalesce(min(at), 0) from log_start) and not exists (select 1 from log_leaf l where l.event = v.id) order by v.id limit $2;

-- name: AuditVouching :one
-- An event without a leaf was put in by hand, but for what was judged of evidence
-- before the log began.
select digest from event where thing = $1 and organisation = $2 and kind = $3 and digest <> ''
   and (exists (select 1 from log_leaf l where l.event = event.id)
        or kind in ('evidence scanned', 'evidence released') and at < (select coalesce(min(s.at), 9223372036854775807) from log_start s))
 order by at desc, id desc limit 1;

-- name: AuditTold :one
-- How many events tell of a thing, how many of them vouch for its record as it
-- stands, and when the last of them was. One without a leaf was put in by hand,
-- whenever it says that it was.
select count(*) as told, cast(coalesce(sum(case when digest = sqlc.arg(digest) then 1 else 0 end), 0) as bigint) as agree, cast(coalesce(max(at), 0) as bigint) as last
  from event where thing = sqlc.arg(thing) and organisation = sqlc.arg(organisation) and digest <> '' and exists (select 1 from log_leaf l where l.event = event.id) and sqlc.arg(about) = case
       when kind in ('statement asked for', 'statement taken up again', 'replacement asked for', 'replacement begun') then 'asking'
       when kind in ('statement deadline proposed', 'statement deadline moved', 'statement deadline not moved') then 'deadline'
       when kind in ('statement withdrawn', 'replacement given up') then 'ending'
       when kind in ('campaign begun', 'campaign withdrawn') then 'campaign'
       when kind in ('commitment made', 'commitment done', 'commitment moved', 'commitment dropped', 'commitment accounted for') then 'commitment'
       when kind in ('acting chief executive asked for', 'acting chief executive confirmed', 'acting chief executive refused', 'acting chief executive withdrawn', 'acting chief executive ended') then 'acting'
       when kind = 'template published' then 'wording'
       else '' end;

-- name: AuditCampaigns :many
select c.* from campaign c where c.id > $1 order by c.id limit $2;

-- name: AuditAsked :many
-- Every statement, with the deadline its campaign began with.
select sqlc.embed(s), c.due_at as campaign_due_at from statement s left join campaign c on c.id = s.campaign where s.id > $1 order by s.id limit $2;

-- name: AuditAnswering :one
-- An event without a leaf was put in by hand, unless it is from before the log
-- began, and the alert was there already.
select e.digest from event e where e.thing = $1 and e.organisation = $2 and e.digest <> ''
   and e.kind in ('alert acknowledged', 'applicability given', 'action recorded', 'alert closed', 'alert opened again', 'alert version received', 'past answer imported')
   and (exists (select 1 from log_leaf l where l.event = e.id)
        or e.at < (select coalesce(min(s.at), 9223372036854775807) from log_start s)
           and exists (select 1 from event i join log_leaf l on l.event = i.id where i.thing = e.thing and i.kind = 'alert issued' and i.at <= e.at))
 order by e.at desc, e.id desc limit 1;

-- name: AuditMade :one
-- The same of versions of alerts. What was decided about a risk always has a leaf.
select count(*) from event e where e.thing = $1 and e.kind = $2 and e.digest = $3
   and (exists (select 1 from log_leaf l where l.event = e.id)
        or e.kind in ('alert corrected', 'alert updated', 'alert extended', 'alert withdrawn') and e.at < (select coalesce(min(s.at), 9223372036854775807) from log_start s)
           and exists (select 1 from event i join log_leaf l on l.event = i.id where i.thing = e.thing and i.kind = 'alert issued' and i.at <= e.at));

-- name: AuditKnown :one
select count(*) from event where thing = $1 and kind in ('organisation imported', 'organisation opened') and exists (select 1 from log_leaf l where l.event = event.id);

-- name: AuditStatements :many
select id, organisation, state, words, digest, co_signs from statement where id > $1 and words <> '' order by id limit $2;

-- name: AuditReturns :many
select s.id, s.organisation, r.reason from statement s join review r on r.statement = s.id where s.state = 'returned' and r.opinion = 'declined' and r.reason <> '' order by s.id;

-- name: AuditVersions :many
select v.* from alert_version v where v.state = 'issued' and v.id > $1 order by v.id limit $2;

-- name: AuditResponses :many
select r.* from alert_response r where r.organisation = $1 and r.acknowledged_at is not null order by r.alert;

-- name: AuditEvidence :many
select id, organisation, digest from evidence where verdict = 'ready' and id > $1 order by id limit $2;

-- name: AuditDecisions :many
select g.id, a.digest, g.organisation, r.alert from risk_signature g join risk_attempt a on a.id = g.attempt join risk_request r on r.id = g.request where g.id > $1 order by g.id limit $2;

-- name: AuditSignatures :many
select sqlc.embed(g), s.words, s.state from signature g join statement s on s.id = g.statement where g.id > $1 order by g.id limit $2;

-- name: AuditUnsupported :many
select s.id from statement s where s.state = 'signed' and not exists (select 1 from signature g where g.statement = s.id) order by s.id limit 1000;

-- name: AuditGone :many
select e.thing, e.kind from event e
 where (e.kind = 'statement signed' and not exists (select 1 from signature g where g.statement = substr(e.thing, 11)))
    or (e.kind = 'signature withdrawn' and not exists (select 1 from withdrawal w where w.statement = substr(e.thing, 11)))
    or (e.kind in ('replacement begun', 'replacement asked for') and not exists (select 1 from statement s where s.id = substr(e.thing, 11) and s.supersedes is not null))
    or (e.kind = 'statement replaced' and not exists (select 1 from statement s where s.supersedes = substr(e.thing, 11) and s.state = 'signed'))
    or (e.kind = 'statement co-signed' and not exists (select 1 from co_signature g where g.statement = substr(e.thing, 11)))
    or (e.kind in ('statement asked for', 'statement taken up again', 'statement locked') and not exists (select 1 from statement s where s.id = substr(e.thing, 11)))
    or (e.kind = 'statement deadline proposed' and not exists (select 1 from extension x where x.statement = substr(e.thing, 11)))
    or (e.kind = 'campaign begun' and not exists (select 1 from campaign c where c.id = substr(e.thing, 10)))
    or (e.kind = 'commitment made' and not exists (select 1 from commitment c where c.id = substr(e.thing, 12)))
    or (e.kind = 'acting chief executive asked for' and not exists (select 1 from acting_request r where r.id = substr(e.thing, 8)))
    or (e.kind = 'template published' and not exists (select 1 from statement_template t where t.id = substr(e.thing, 10)))
    or (e.kind = 'person recorded' and not exists (select 1 from person p where p.id = substr(e.thing, 8)))
    or (e.kind = 'login recorded' and not exists (select 1 from login l where l.id = substr(e.thing, 7)))
    or (e.kind = 'appointment recorded' and not exists (select 1 from appointment a where a.id = substr(e.thing, 13)))
    or (e.kind = 'alert issued' and not exists (select 1 from alert a where a.id = substr(e.thing, 7)))
    or (e.kind = 'evidence scanned' and not exists (select 1 from evidence f where f.id = substr(e.thing, 10)))
    or (e.kind = 'key set seen' and not exists (select 1 from key_set k where k.event = e.id))
 order by e.thing, e.kind limit 1000;

-- name: AuditNewest :many
select * from event order by at desc, id desc limit 1;
