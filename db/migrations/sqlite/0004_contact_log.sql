-- +goose Up
-- Who was rung about an alert, and who has opened it. Neither is ever changed:
-- a wrong line is corrected by a later one.

create table contact_log (
    id             text not null primary key,
    alert          text not null,
    organisation   text not null,
    rung           text not null check (rung <> ''), -- name or office of whoever was rung; never a number
    rung_by        text not null references person (id),
    rung_by_name   text not null, -- as it was then
    rung_at        integer not null,
    outcome        text not null check (outcome <> '' and length(outcome) <= 300),
    logged_at      integer not null,
    foreign key (alert, organisation) references alert_response (alert, organisation)
) strict;
create index contact_log_alert on contact_log (alert, organisation, rung_at);

create table alert_opening (
    id           text not null primary key,
    alert        text not null,
    organisation text not null,
    person       text not null references person (id),
    opened_at    integer not null, -- the first time
    unique (alert, organisation, person),
    foreign key (alert, organisation) references alert_response (alert, organisation)
) strict;

-- Append-only. REPLACE deletes without telling the delete trigger, hence the
-- guards before insert.

-- +goose StatementBegin
create trigger contact_log_no_replace before insert on contact_log when exists (select 1 from contact_log where id = new.id)
begin select raise(abort, 'contact_log is append-only: this id exists'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger contact_log_no_update before update on contact_log
begin select raise(abort, 'contact_log is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger contact_log_no_delete before delete on contact_log
begin select raise(abort, 'contact_log is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger alert_opening_no_replace before insert on alert_opening
when exists (select 1 from alert_opening where id = new.id or (alert = new.alert and organisation = new.organisation and person = new.person))
begin select raise(abort, 'alert_opening is append-only: this opening exists'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger alert_opening_no_update before update on alert_opening
begin select raise(abort, 'alert_opening is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger alert_opening_no_delete before delete on alert_opening
begin select raise(abort, 'alert_opening is append-only'); end;
-- +goose StatementEnd
