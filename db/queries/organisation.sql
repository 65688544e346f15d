-- name: AddOrganisation :exec
insert into organisation (code, name, kind, region, icb, opened_on, closed_on, version)
values ($1, $2, $3, $4, $5, $6, $7, 1);

-- name: ChangeOrganisation :execrows
update organisation set name = $2, kind = $3, region = $4, icb = $5, opened_on = $6, closed_on = $7, version = version + 1
 where code = $1 and version = $8;

-- name: FindOrganisation :one
select code, name, kind, region, icb, opened_on, closed_on, version from organisation where code = $1;

-- name: ListOrganisations :many
select code, name, kind, region, icb, opened_on, closed_on, version from organisation order by code;

-- name: AddCohortMember :exec
insert into cohort_member (cohort, organisation, from_on, to_on) values ($1, $2, $3, $4)
on conflict (cohort, organisation, from_on) do update set to_on = excluded.to_on;

-- name: EndCohortMember :execrows
update cohort_member set to_on = $3 where cohort = $1 and organisation = $2 and from_on <= $3 and (to_on = '' or to_on > $3);

-- name: ListCohortMembers :many
select cohort, organisation from cohort_member where from_on <= $1 and (to_on = '' or to_on > $1) order by cohort, organisation;

-- name: ListCohortsOf :many
select cohort from cohort_member where organisation = $1 and from_on <= $2 and (to_on = '' or to_on > $2) order by cohort;
