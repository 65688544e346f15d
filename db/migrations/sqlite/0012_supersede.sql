-- +goose Up
-- What becomes of a signed statement: another takes its place, or its signer's
-- office withdraws it. The statement and its signature stay as they are.

alter table statement add column supersedes text references statement (id); -- the signed statement it takes the place of
alter table statement add column supersede_why text not null default ''; -- in the words of the statement
alter table statement add column supersede_by text not null default ''; -- the regulator who asked for it, or empty
-- A signed statement has one statement that takes its place, or is to; one that
-- was given up or returned without a signature makes way for another.
-- A query that joins what took a statement's place repeats these conditions, or the
-- index does not serve it.
create unique index statement_supersedes on statement (supersedes) where supersedes is not null and withdrawn_at is null and state <> 'returned';
-- +goose StatementBegin
create trigger statement_supersedes_stays before update on statement
when new.supersedes is not old.supersedes or new.supersede_why <> old.supersede_why or new.supersede_by <> old.supersede_by
begin select raise(abort, 'what a statement takes the place of never changes'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger statement_supersedes_said before insert on statement
when (new.supersedes is null) <> (new.supersede_why = '') or (new.supersedes is null and new.supersede_by <> '') or new.supersedes = new.id
begin select raise(abort, 'a statement that takes the place of another says why'); end;
-- +goose StatementEnd

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
    arrived_at   integer not null, -- when the person pressed the button
    ends_at      integer not null,
    used_at      integer
) strict;
create index withdrawal_attempt_ends on withdrawal_attempt (ends_at);

create table withdrawal (
    id           text not null primary key,
    attempt      text not null unique references withdrawal_attempt (id),
    statement    text not null unique references statement (id),
    organisation text not null references organisation (code),
    signer_name  text not null,
    acting       integer not null check (acting in (0, 1)),
    issuer       text not null,
    subject      text not null,
    acr          text not null,
    auth_at      integer not null,
    signed_at    integer not null,
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> '')
) strict;
create index withdrawal_organisation on withdrawal (organisation, signed_at desc);

-- +goose StatementBegin
create trigger withdrawal_no_replace before insert on withdrawal
when exists (select 1 from withdrawal where id = new.id or attempt = new.attempt or statement = new.statement)
begin select raise(abort, 'withdrawal is append-only: this statement is withdrawn'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawal_no_update before update on withdrawal
begin select raise(abort, 'withdrawal is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawal_no_delete before delete on withdrawal
begin select raise(abort, 'withdrawal is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawal_attempt_stays before update on withdrawal_attempt
when old.used_at is not null or new.id <> old.id or new.statement <> old.statement or new.organisation <> old.organisation or new.person <> old.person or new.reason <> old.reason
     or new.document <> old.document or new.digest <> old.digest or new.salt <> old.salt or new.nonce <> old.nonce or new.arrived_at <> old.arrived_at or new.ends_at <> old.ends_at
begin select raise(abort, 'an attempt to sign stays as it was'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawal_attempt_no_replace before insert on withdrawal_attempt when exists (select 1 from withdrawal_attempt where id = new.id)
begin select raise(abort, 'an attempt to sign stays as it was'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawal_attempt_no_delete before delete on withdrawal_attempt
begin select raise(abort, 'an attempt to sign stays as it was'); end;
-- +goose StatementEnd
