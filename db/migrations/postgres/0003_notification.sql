-- +goose Up
-- Work that waits, and the messages that tell people.

create table job (
    id          text not null primary key, -- what is to be done, once: the same work again has the same id
    kind        text not null check (kind <> ''),
    payload     text not null, -- JSON: names its subject, and carries no authority
    made_at     bigint not null,
    run_at      bigint not null,
    attempt     bigint not null, -- how often it was taken up; the fence of its completion
    lease_until bigint,
    state       text not null check (state in ('ready', 'running', 'done', 'dead')),
    fault       text not null, -- why the last try failed, without anybody's words or address
    ended_at    bigint,
    check ((state = 'running') = (lease_until is not null)),
    check ((state in ('done', 'dead')) = (ended_at is not null))
);
create index job_ready on job (kind, run_at, id) where state = 'ready';
create index job_leased on job (kind, lease_until) where state = 'running';
create index job_dead on job (ended_at) where state = 'dead';
create index job_done on job (ended_at) where state = 'done';

-- Who does what is done by one instance at a time, and until when.
create table lead (
    name        text not null primary key,
    holder      text not null,
    lease_until bigint not null
);

-- People who are told of alerts and cannot sign in.
create table contact (
    id           text not null primary key,
    organisation text not null references organisation (code),
    name         text not null check (name <> ''),
    email        text not null check (email <> ''),
    added_by     text not null,
    added_at     bigint not null,
    removed_at   bigint,
    version      bigint not null
);
create index contact_organisation on contact (organisation);

-- One letter to one person.
create table message (
    id           text not null primary key,
    key          text not null unique, -- thing, purpose, organisation and address: nobody is told the same twice
    organisation text not null, -- whose people it is for, or NATIONAL
    thing        text not null, -- "alert/…", "test/…"
    purpose      text not null check (purpose <> ''),
    turn         text not null, -- tells one reminder from the next; empty where there is one
    name         text not null,
    address      text not null check (address <> ''),
    facts        text not null, -- JSON: what the letter says
    state        text not null check (state in ('waiting', 'sending', 'handed_over', 'refused', 'not_needed')),
    attempts     bigint not null,
    reply        text not null, -- what the mail server answered when it refused
    made_at      bigint not null,
    ended_at     bigint,
    check ((state in ('handed_over', 'refused', 'not_needed')) = (ended_at is not null))
);
create index message_thing on message (thing, organisation);
create index message_organisation on message (organisation, made_at desc, id);
create index message_refused on message (ended_at) where state = 'refused';

-- Where other systems are told, by a signed request.
create table webhook (
    id           text not null primary key,
    organisation text not null, -- whose alerts, or NATIONAL for all
    url          text not null check (url <> ''),
    secret       text not null check (secret <> ''),
    made_by      text not null,
    made_at      bigint not null,
    ended_at     bigint,
    version      bigint not null
);
create index webhook_organisation on webhook (organisation);

-- How a message ended is its own record, and stays.
-- +goose StatementBegin
create function keep_message() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null or new.id <> old.id or new.key <> old.key or new.organisation <> old.organisation or new.thing <> old.thing
       or new.purpose <> old.purpose or new.address <> old.address or new.facts <> old.facts then
        raise exception 'a message that ended never changes';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger message_stays before update on message for each row execute function keep_message();
create trigger message_no_delete before delete on message for each row execute function refuse_change();
create trigger message_no_truncate before truncate on message for each statement execute function refuse_change();
