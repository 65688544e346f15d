-- +goose Up
-- What becomes of a signed statement: another takes its place, or its signer's
-- office withdraws it. The statement and its signature stay as they are.

alter table statement add column supersedes text references statement (id); -- the signed statement it takes the place of
alter table statement add column supersede_why text not null default ''; -- in the words of the statement
alter table statement add column supersede_by text not null default ''; -- the regulator who asked for it, or empty
alter table statement add constraint statement_supersedes_said
    check ((supersedes is null) = (supersede_why = '') and (supersedes is not null or supersede_by = '') and (supersedes is null or supersedes <> id));
-- A signed statement has one statement that takes its place, or is to; one that
-- was given up or returned without a signature makes way for another.
-- A query that joins what took a statement's place repeats these conditions, or the
-- index does not serve it.
create unique index statement_supersedes on statement (supersedes) where supersedes is not null and withdrawn_at is null and state <> 'returned';
-- +goose StatementBegin
create function keep_supersedes() returns trigger language plpgsql as $$
begin
    if (new.supersedes, new.supersede_why, new.supersede_by) is distinct from (old.supersedes, old.supersede_why, old.supersede_by) then
        raise exception 'what a statement takes the place of never changes';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger statement_supersedes_stays before update on statement for each row execute function keep_supersedes();

create table withdrawal_attempt (
    id           text not null primary key,
    statement    text not null references statement (id),
    organisation text not null,
    person       text not null references person (id),
    reason       text not null check (reason <> ''),
    document     text not null, -- the exact bytes to be signed
    digest       text not null,
    salt         text not null,
    nonce        text not null,
    arrived_at   bigint not null, -- when the person pressed the button
    ends_at      bigint not null,
    used_at      bigint
);
create index withdrawal_attempt_ends on withdrawal_attempt (ends_at);

create table withdrawal (
    id           text not null primary key,
    attempt      text not null unique references withdrawal_attempt (id),
    statement    text not null unique references statement (id),
    organisation text not null references organisation (code),
    signer_name  text not null,
    acting       bigint not null check (acting in (0, 1)),
    issuer       text not null,
    subject      text not null,
    acr          text not null,
    auth_at      bigint not null,
    signed_at    bigint not null,
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> '')
);
create index withdrawal_organisation on withdrawal (organisation, signed_at desc);

create trigger withdrawal_no_change before update or delete on withdrawal for each row execute function refuse_change();
create trigger withdrawal_no_truncate before truncate on withdrawal for each statement execute function refuse_change();
-- +goose StatementBegin
create function keep_withdrawal_attempt() returns trigger language plpgsql as $$
begin
    if old.used_at is not null or (new.id, new.statement, new.organisation, new.person, new.reason, new.document, new.digest, new.salt, new.nonce, new.arrived_at, new.ends_at)
       is distinct from (old.id, old.statement, old.organisation, old.person, old.reason, old.document, old.digest, old.salt, old.nonce, old.arrived_at, old.ends_at) then
        raise exception 'an attempt to sign stays as it was';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger withdrawal_attempt_stays before update on withdrawal_attempt for each row execute function keep_withdrawal_attempt();
create trigger withdrawal_attempt_no_delete before delete on withdrawal_attempt for each row execute function refuse_change();
create trigger withdrawal_attempt_no_truncate before truncate on withdrawal_attempt for each statement execute function refuse_change();
