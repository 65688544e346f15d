-- +goose Up
-- The alert room: the whole vocabulary of an alert, its versions, and an answer
-- that can be renewed, stopped, closed with proof, and opened again.

alter table alert add column more text not null default '{}'; -- JSON: what the vocabulary has beyond the columns
alter table alert add column rehearsal bigint not null default 0 check (rehearsal in (0, 1));
alter table alert add column origin text not null default ''; -- "kev/CVE-2017-0144": where an imported draft came from
alter table alert add column edition bigint not null default 0; -- number of the newest issued version; 0 until issued
alter table alert add column withdrawn_at bigint;
create unique index alert_origin on alert (origin) where origin <> '';

create table alert_version (
    id         text not null primary key,
    alert      text not null references alert (id),
    number     bigint, -- given at issue, from 1 without gaps
    kind       text not null check (kind in ('issue', 'correction', 'update', 'extension', 'withdrawal')),
    document   text not null, -- JSON of the whole draft
    digest     text not null, -- hex SHA-256 of the draft, as responses name it
    reason     text not null,
    renew      bigint not null check (renew in (0, 1)), -- organisations that answered must answer again
    answer_due bigint not null,
    action_due bigint not null,
    author     text not null,
    written_at bigint not null,
    approver   text,
    issued_at  bigint,
    state      text not null check (state in ('draft', 'waiting', 'issued', 'dropped')),
    version    bigint not null,
    check ((state = 'issued') = (issued_at is not null)),
    check ((state = 'issued') = (number is not null)),
    check (approver is null or approver <> author)
);
create unique index alert_version_number on alert_version (alert, number);
create unique index alert_version_pending on alert_version (alert) where state in ('draft', 'waiting');

alter table alert_response drop constraint alert_response_outcome_check;
alter table alert_response add constraint alert_response_outcome_check
    check (outcome in ('', 'fixed', 'part', 'supplier', 'national', 'cannot', 'mitigated'));
alter table alert_response add column answered_edition bigint not null default 0;
alter table alert_response add column answered_digest text not null default '';
alter table alert_response add column renew_edition bigint not null default 0;
alter table alert_response add column renew_due bigint;
alter table alert_response add column renewed_at bigint;
alter table alert_response add column stopped_at bigint;
alter table alert_response add column accepted_until bigint;
alter table alert_response add column cover text not null default '';
alter table alert_response add column reopened_at bigint;

-- +goose StatementBegin
create function keep_issued_version() returns trigger language plpgsql as $$
begin
    if old.state = 'issued' or (tg_op = 'UPDATE' and (new.id <> old.id or new.alert <> old.alert or new.kind <> old.kind or new.document <> old.document or new.digest <> old.digest
           or new.reason <> old.reason or new.renew <> old.renew or new.answer_due <> old.answer_due or new.action_due <> old.action_due or new.author <> old.author or new.written_at <> old.written_at)) then
        raise exception 'an issued version never changes';
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger alert_version_stays before update or delete on alert_version for each row execute function keep_issued_version();
create trigger alert_version_no_truncate before truncate on alert_version for each statement execute function refuse_change();
