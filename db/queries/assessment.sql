-- name: AddFramework :exec
insert into framework (id, title, digest, document) values ($1, $2, $3, $4);

-- name: FindFramework :one
select id, title, digest, document from framework where id = $1;

-- name: AddProfile :exec
insert into profile (id, framework, title, digest, document) values ($1, $2, $3, $4, $5);

-- name: FindProfile :one
select id, framework, title, digest, document from profile where id = $1;

-- name: AddAssessment :exec
insert into assessment (id, organisation, framework, profile, period, started_at, due_at, version) values ($1, $2, $3, $4, $5, $6, $7, 1);

-- name: FindAssessment :one
select * from assessment where id = $1 and organisation = $2;

-- name: ListAssessmentsOf :many
select * from assessment where organisation = $1 order by started_at desc, id desc limit 50;

-- name: ListAnswers :many
select w.* from assessment_answer w join assessment a on a.id = w.assessment
 where w.assessment = $1 and a.organisation = $2 order by w.outcome;

-- name: AddAnswer :exec
insert into assessment_answer (assessment, outcome, level, was, comment, answered_by, answered_at, version) values ($1, $2, $3, $4, $5, $6, $7, 1);

-- name: ChangeAnswer :execrows
update assessment_answer set level = $3, comment = $4, answered_by = $5, answered_at = $6, version = version + 1
 where assessment = $1 and outcome = $2 and version = $7;

-- name: FindAnswer :one
select * from assessment_answer where assessment = $1 and outcome = $2;

-- name: FindFrameworkDigest :one
select digest from framework where id = $1;

-- name: FindProfileDigest :one
select digest from profile where id = $1;

-- name: ListFrameworks :many
select id, digest from framework order by id;

-- name: ListProfiles :many
select id, digest from profile order by id;

-- name: LastAssessmentBy :one
select id from assessment where organisation = $1 and framework = $2 order by started_at desc, id desc limit 1;
