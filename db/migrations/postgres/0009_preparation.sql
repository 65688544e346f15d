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
    part         bigint not null,
    what         text not null check (what <> ''),
    doing        text not null check (doing <> ''),
    who          text not null check (who <> ''),
    first_by     text not null check (first_by <> ''), -- the day that was signed
    by_on        text not null check (by_on <> ''), -- the day in force
    fate         text not null check (fate in ('open', 'done', 'not needed')),
    made_at      bigint not null,
    version      bigint not null
);
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
    said_at      bigint not null
);
create index commitment_step_commitment on commitment_step (commitment, said_at, id);
create index commitment_step_organisation on commitment_step (organisation);

-- What was signed stays as it was signed: only the day in force and what became
-- of it may move.
-- +goose StatementBegin
create function keep_commitment() returns trigger language plpgsql as $$
begin
    if old.fate <> 'open' or (new.id, new.organisation, new.statement, new.signature, new.period, new.part, new.what, new.doing, new.who, new.first_by, new.made_at)
       is distinct from (old.id, old.organisation, old.statement, old.signature, old.period, old.part, old.what, old.doing, old.who, old.first_by, old.made_at) then
        raise exception 'a commitment stays as it was signed';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger commitment_stays before update on commitment for each row execute function keep_commitment();
create trigger commitment_no_delete before delete on commitment for each row execute function refuse_change();
create trigger commitment_no_truncate before truncate on commitment for each statement execute function refuse_change();
create trigger commitment_step_no_change before update or delete on commitment_step for each row execute function refuse_change();
create trigger commitment_step_no_truncate before truncate on commitment_step for each statement execute function refuse_change();

-- The preparation of a locked statement is what its words were made from.
-- +goose StatementBegin
create function keep_preparation() returns trigger language plpgsql as $$
begin
    if old.words <> '' and new.preparation <> old.preparation then
        raise exception 'the preparation of a locked statement never changes';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger statement_preparation_stays before update on statement for each row execute function keep_preparation();
