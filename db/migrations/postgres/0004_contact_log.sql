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
    rung_at        bigint not null,
    outcome        text not null check (outcome <> '' and length(outcome) <= 300),
    logged_at      bigint not null,
    foreign key (alert, organisation) references alert_response (alert, organisation)
);
create index contact_log_alert on contact_log (alert, organisation, rung_at);

create table alert_opening (
    id           text not null primary key,
    alert        text not null,
    organisation text not null,
    person       text not null references person (id),
    opened_at    bigint not null, -- the first time
    unique (alert, organisation, person),
    foreign key (alert, organisation) references alert_response (alert, organisation)
);

-- Append-only: neither changed, nor deleted, nor truncated.
create trigger contact_log_no_change before update or delete on contact_log for each row execute function refuse_change();
create trigger contact_log_no_truncate before truncate on contact_log for each statement execute function refuse_change();

create trigger alert_opening_no_change before update or delete on alert_opening for each row execute function refuse_change();
create trigger alert_opening_no_truncate before truncate on alert_opening for each statement execute function refuse_change();
