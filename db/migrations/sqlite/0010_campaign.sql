-- +goose Up
-- Statements as regulators ask for them: wordings that two people make, campaigns
-- with their deadlines, and who stands in for a chief executive.

-- A wording never changes under its edition: statements were made from it.
-- +goose StatementBegin
create trigger statement_template_no_replace before insert on statement_template when exists (select 1 from statement_template where id = new.id and edition = new.edition)
begin select raise(abort, 'an edition of a template never changes'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger statement_template_no_update before update on statement_template
begin select raise(abort, 'an edition of a template never changes'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger statement_template_no_delete before delete on statement_template
begin select raise(abort, 'an edition of a template never changes'); end;
-- +goose StatementEnd

create table template_draft (
    id           text not null primary key,
    template     text not null check (template <> ''),
    edition      integer not null, -- the one it becomes
    document     text not null,    -- JSON, as statement_template keeps it
    author       text not null, -- a person, or an import
    author_name  text not null,
    drafted_at   integer not null,
    state        text not null check (state in ('waiting', 'published', 'dropped')),
    decided_by   text references person (id),
    decided_name text not null,
    decided_at   integer,
    version      integer not null,
    check ((state = 'waiting') = (decided_at is null)),
    check (state <> 'published' or decided_by <> author)
) strict;
create unique index template_draft_waiting on template_draft (template) where state = 'waiting';
create unique index template_draft_published on template_draft (template, edition) where state = 'published';
-- +goose StatementBegin
create trigger template_draft_stays before update on template_draft
when old.state <> 'waiting' or new.id <> old.id or new.template <> old.template or new.edition <> old.edition or new.author <> old.author
begin select raise(abort, 'a decided draft of a template stays as it was'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger template_draft_no_replace before insert on template_draft
when exists (select 1 from template_draft where id = new.id or (template = new.template and (edition = new.edition and state = 'published' or state = 'waiting')))
begin select raise(abort, 'a draft of a template stays as it was'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger template_draft_no_delete before delete on template_draft
begin select raise(abort, 'a draft of a template stays as it was'); end;
-- +goose StatementEnd

create table campaign (
    id             text not null primary key,
    name           text not null check (name <> ''),
    template       text not null,
    edition        integer not null,
    period         text not null,
    period_from    text not null,
    period_to      text not null,
    due_at         integer not null, -- as asked for; what runs for one trust is its statement's
    audience       text not null,    -- JSON, as chosen
    asked_by       text not null,
    asked_name     text not null,
    asked_at       integer not null,
    withdrawn_at   integer,
    withdrawn_name text not null,
    withdrawn_why  text not null,
    version        integer not null,
    foreign key (template, edition) references statement_template (id, edition),
    check ((withdrawn_at is null) = (withdrawn_why = ''))
) strict;
create index campaign_asked on campaign (asked_at desc, id);
-- +goose StatementBegin
create trigger campaign_stays before update on campaign
when old.withdrawn_at is not null or new.id <> old.id or new.name <> old.name or new.template <> old.template or new.edition <> old.edition or new.period <> old.period
     or new.due_at <> old.due_at or new.audience <> old.audience or new.asked_by <> old.asked_by or new.asked_at <> old.asked_at
begin select raise(abort, 'a campaign stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger campaign_no_replace before insert on campaign when exists (select 1 from campaign where id = new.id)
begin select raise(abort, 'a campaign stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger campaign_no_delete before delete on campaign
begin select raise(abort, 'a campaign stays as it was asked'); end;
-- +goose StatementEnd

alter table statement add column campaign text references campaign (id);
alter table statement add column title text not null default ''; -- of the template, for this period; empty before there were others
alter table statement add column withdrawn_at integer; -- asked for no longer; a statement that is signed never is
create index statement_campaign on statement (campaign);
-- +goose StatementBegin
create trigger statement_withdrawn_unsigned before update on statement
when new.withdrawn_at is not null and (new.state in ('signed', 'returned') or old.withdrawn_at is not null)
begin select raise(abort, 'a statement that was signed, returned or withdrawn stays as it is'); end;
-- +goose StatementEnd

create table extension (
    id           text not null primary key,
    statement    text not null references statement (id),
    organisation text not null references organisation (code),
    was_due_at   integer not null,
    due_at       integer not null,
    reason       text not null check (reason <> ''),
    asked_by     text not null references person (id),
    asked_name   text not null,
    asked_at     integer not null,
    state        text not null check (state in ('waiting', 'confirmed', 'refused')),
    decided_by   text references person (id),
    decided_name text not null,
    decided_at   integer,
    version      integer not null,
    check (due_at > was_due_at),
    check ((state = 'waiting') = (decided_at is null)),
    check (state <> 'confirmed' or decided_by <> asked_by)
) strict;
create unique index extension_waiting on extension (statement) where state = 'waiting';
create index extension_statement on extension (statement, asked_at desc, id);
-- +goose StatementBegin
create trigger extension_stays before update on extension
when old.state <> 'waiting' or new.id <> old.id or new.statement <> old.statement or new.organisation <> old.organisation or new.was_due_at <> old.was_due_at
     or new.due_at <> old.due_at or new.reason <> old.reason or new.asked_by <> old.asked_by or new.asked_at <> old.asked_at
begin select raise(abort, 'an extension stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger extension_no_replace before insert on extension
when exists (select 1 from extension where id = new.id or (statement = new.statement and state = 'waiting'))
begin select raise(abort, 'an extension stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger extension_no_delete before delete on extension
begin select raise(abort, 'an extension stays as it was asked'); end;
-- +goose StatementEnd

create table acting_request (
    id           text not null primary key,
    organisation text not null references organisation (code),
    person       text not null references person (id),
    person_name  text not null,
    from_on      text not null,
    to_on        text not null, -- the last day
    reason       text not null check (reason <> ''),
    asked_by     text not null references person (id),
    asked_name   text not null,
    asked_at     integer not null,
    state        text not null check (state in ('waiting', 'confirmed', 'refused', 'withdrawn')),
    decided_by   text references person (id),
    decided_name text not null,
    decided_at   integer,
    why          text not null, -- of a refusal
    appointment  text references appointment (id), -- made by the confirmation
    ended_at     integer, -- when it was ended before its last day
    ended_name   text not null,
    version      integer not null,
    check (from_on <= to_on),
    check (person <> asked_by),
    check ((state = 'waiting') = (decided_at is null)),
    check ((state = 'confirmed') = (appointment is not null)),
    check ((state = 'refused') = (why <> '')),
    check (state <> 'confirmed' or (decided_by <> asked_by and decided_by <> person))
) strict;
create unique index acting_request_waiting on acting_request (organisation) where state = 'waiting';
create index acting_request_organisation on acting_request (organisation, asked_at desc, id);
create index acting_request_asked on acting_request (asked_at desc, id);
-- +goose StatementBegin
create trigger acting_request_stays before update on acting_request
when old.state in ('refused', 'withdrawn') or old.ended_at is not null or (old.state = 'confirmed' and new.state <> 'confirmed') or new.id <> old.id or new.organisation <> old.organisation
     or new.person <> old.person or new.from_on <> old.from_on or new.to_on <> old.to_on or new.reason <> old.reason or new.asked_by <> old.asked_by or new.asked_at <> old.asked_at
begin select raise(abort, 'a request for an acting chief executive stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger acting_request_no_replace before insert on acting_request
when exists (select 1 from acting_request where id = new.id or (organisation = new.organisation and state = 'waiting' and new.state = 'waiting'))
begin select raise(abort, 'a request for an acting chief executive stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger acting_request_no_delete before delete on acting_request
begin select raise(abort, 'a request for an acting chief executive stays as it was asked'); end;
-- +goose StatementEnd
