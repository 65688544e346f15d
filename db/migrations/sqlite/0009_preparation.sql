-- +goose Up
-- What a trust does towards a statement, and what becomes of what a chief
-- executive promised under a qualification.

alter table statement add column preparation text not null default '{}'; -- JSON, task by task

create table commitment (
    id           text not null primary key,
    organisation text not null references organisation (code),
    statement    text not null references statement (id),
    signature    text not null references signature (id),
    period       text not null,
    part         integer not null,
    what         text not null check (what <> ''),
    doing        text not null check (doing <> ''),
    who          text not null check (who <> ''),
    first_by     text not null check (first_by <> ''), -- the day that was signed
    by_on        text not null check (by_on <> ''), -- the day in force
    fate         text not null check (fate in ('open', 'done', 'not needed')),
    made_at      integer not null,
    version      integer not null
) strict;
create index commitment_organisation on commitment (organisation, fate, by_on);
create index commitment_open on commitment (by_on) where fate = 'open';

create table commitment_step (
    id           text not null primary key,
    commitment   text not null references commitment (id),
    organisation text not null references organisation (code),
    fate         text not null check (fate in ('open', 'done', 'not needed')),
    was_by       text not null, -- the days, when it was moved
    is_by        text not null,
    note         text not null check (note <> ''),
    evidence     text not null, -- an id, or empty
    said_by      text not null check (said_by <> ''),
    said_at      integer not null
) strict;
create index commitment_step_commitment on commitment_step (commitment, said_at, id);
create index commitment_step_organisation on commitment_step (organisation);

-- What was signed stays as it was signed: only the day in force and what became
-- of it may move.
-- +goose StatementBegin
create trigger commitment_stays before update on commitment
when new.id <> old.id or new.organisation <> old.organisation or new.statement <> old.statement or new.signature <> old.signature or new.period <> old.period or new.part <> old.part
     or new.what <> old.what or new.doing <> old.doing or new.who <> old.who or new.first_by <> old.first_by or new.made_at <> old.made_at or old.fate <> 'open'
begin select raise(abort, 'a commitment stays as it was signed'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger commitment_no_replace before insert on commitment when exists (select 1 from commitment where id = new.id)
begin select raise(abort, 'a commitment stays as it was signed'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger commitment_no_delete before delete on commitment
begin select raise(abort, 'a commitment stays as it was signed'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger commitment_step_no_replace before insert on commitment_step when exists (select 1 from commitment_step where id = new.id)
begin select raise(abort, 'commitment_step is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger commitment_step_no_update before update on commitment_step
begin select raise(abort, 'commitment_step is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger commitment_step_no_delete before delete on commitment_step
begin select raise(abort, 'commitment_step is append-only'); end;
-- +goose StatementEnd

-- The preparation of a locked statement is what its words were made from.
-- +goose StatementBegin
create trigger statement_preparation_stays before update on statement
when old.words <> '' and new.preparation <> old.preparation
begin select raise(abort, 'the preparation of a locked statement never changes'); end;
-- +goose StatementEnd
