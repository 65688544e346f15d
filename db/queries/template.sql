-- name: ListEditions :many
select t.id, t.edition, t.document, coalesce(d.author_name, '') as author_name, coalesce(d.decided_name, '') as decided_name, d.decided_at
  from statement_template t left join template_draft d on d.template = t.id and d.edition = t.edition and d.state = 'published'
 where t.id = $1 order by t.edition desc;

-- name: AuditWordings :many
-- Every edition with the draft it was published from, where it was.
select t.id, t.edition, t.title, t.digest, t.document, coalesce(d.id, '') as draft, coalesce(d.author, '') as author, coalesce(d.author_name, '') as author_name, d.drafted_at,
       coalesce(d.decided_by, '') as decided_by, coalesce(d.decided_name, '') as decided_name, d.decided_at, cast((select count(*) from statement_template e where e.id = t.id) as bigint) as editions
  from statement_template t left join template_draft d on d.template = t.id and d.edition = t.edition and d.state = 'published' order by t.id, t.edition;

-- name: ListWaitingDrafts :many
select * from template_draft where state = 'waiting' order by drafted_at, id;

-- name: FindWaitingDraft :one
select * from template_draft where template = $1 and state = 'waiting';

-- name: AddDraft :exec
insert into template_draft (id, template, edition, document, author, author_name, drafted_at, state, decided_name, version)
values ($1, $2, $3, $4, $5, $6, $7, 'waiting', '', 1);

-- name: ChangeDraft :execrows
update template_draft set document = $2, drafted_at = $3, state = $4, decided_by = $5, decided_name = $6, decided_at = $7, version = version + 1 where id = $1 and version = $8;
