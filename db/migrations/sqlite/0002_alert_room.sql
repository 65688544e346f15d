-- +goose Up
-- The alert room: the whole vocabulary of an alert, its versions, and an answer
-- that can be renewed, stopped, closed with proof, and opened again.

alter table alert add column more text not null default '{}'; -- JSON: what the vocabulary has beyond the columns
alter table alert add column rehearsal integer not null default 0 check (rehearsal in (0, 1));
alter table alert add column origin text not null default ''; -- "kev/CVE-2017-0144": where an imported draft came from
alter table alert add column edition integer not null default 0; -- number of the newest issued version; 0 until issued
alter table alert add column withdrawn_at integer;
create unique index alert_origin on alert (origin) where origin <> '';

create table alert_version (
    id         text not null primary key,
    alert      text not null references alert (id),
    number     integer, -- given at issue, from 1 without gaps
    kind       text not null check (kind in ('issue', 'correction', 'update', 'extension', 'withdrawal')),
    document   text not null, -- JSON of the whole draft
    digest     text not null, -- hex SHA-256 of the draft, as responses name it
    reason     text not null,
    renew      integer not null check (renew in (0, 1)), -- organisations that answered must answer again
    answer_due integer not null,
    action_due integer not null,
    author     text not null,
    written_at integer not null,
    approver   text,
    issued_at  integer,
    state      text not null check (state in ('draft', 'waiting', 'issued', 'dropped')),
    version    integer not null,
    check ((state = 'issued') = (issued_at is not null)),
    check ((state = 'issued') = (number is not null)),
    check (approver is null or approver <> author)
) strict;
create unique index alert_version_number on alert_version (alert, number);
create unique index alert_version_pending on alert_version (alert) where state in ('draft', 'waiting');

-- SQLite changes no check: the table is built again, wider.
create table alert_response_wide (
    alert           text not null references alert (id),
    organisation    text not null references organisation (code),
    issued_at       integer not null, -- of the alert: lists are paged by it
    answer_due      integer not null,
    action_due      integer not null,
    acknowledged_at integer,
    acknowledged_by text not null,
    applicability   text not null check (applicability in ('', 'all', 'some', 'none', 'checking')),
    how_known       text not null, -- JSON list
    checked_on      text not null, -- the day of the check that showed "none"
    applied_at      integer, -- when applicability was given
    answered_at     integer, -- acknowledged and applicability given
    outcome         text not null check (outcome in ('', 'fixed', 'part', 'supplier', 'national', 'cannot', 'mitigated')),
    fixed_count     integer not null,
    asset_count     integer not null,
    reason          text not null,
    plan_on         text not null,
    next_update_due integer,
    closed_at       integer,
    version         integer not null,
    answered_edition integer not null default 0, -- which version of the alert the answer is to
    answered_digest  text not null default '',   -- and the digest of its words
    renew_edition    integer not null default 0, -- the version that asks for a new answer, or 0
    renew_due        integer,
    renewed_at       integer, -- when that one was answered
    stopped_at       integer, -- when the alert was withdrawn: both clocks stop
    accepted_until   integer, -- a risk signed for: late by itself from then on
    cover            text not null default '', -- what is in place until it is fixed
    reopened_at      integer,
    primary key (alert, organisation)
) strict;
insert into alert_response_wide (alert, organisation, issued_at, answer_due, action_due, acknowledged_at, acknowledged_by, applicability, how_known, checked_on, applied_at, answered_at, outcome, fixed_count, asset_count, reason, plan_on, next_update_due, closed_at, version)
select alert, organisation, issued_at, answer_due, action_due, acknowledged_at, acknowledged_by, applicability, how_known, checked_on, applied_at, answered_at, outcome, fixed_count, asset_count, reason, plan_on, next_update_due, closed_at, version from alert_response;
drop table alert_response;
alter table alert_response_wide rename to alert_response;
create index alert_response_organisation on alert_response (organisation, issued_at desc, alert);
create index alert_response_due on alert_response (organisation, answer_due, alert, answered_at);
create index alert_response_open on alert_response (organisation, answer_due) where closed_at is null;

-- +goose StatementBegin
create trigger alert_version_stays before update on alert_version
when old.state = 'issued' or new.id <> old.id or new.alert <> old.alert or new.kind <> old.kind or new.document <> old.document or new.digest <> old.digest
     or new.reason <> old.reason or new.renew <> old.renew or new.answer_due <> old.answer_due or new.action_due <> old.action_due or new.author <> old.author or new.written_at <> old.written_at
     or exists (select 1 from alert_version v where v.rowid <> old.rowid and v.alert = new.alert and v.number = new.number)
begin select raise(abort, 'an issued version never changes'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger alert_version_remains before delete on alert_version when old.state = 'issued'
begin select raise(abort, 'an issued version never changes'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger alert_version_once before insert on alert_version when exists (select 1 from alert_version where id = new.id or (alert = new.alert and number = new.number))
begin select raise(abort, 'an issued version never changes'); end;
-- +goose StatementEnd
