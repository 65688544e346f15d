-- +goose Up
-- Statements as regulators ask for them: wordings that two people make, campaigns
-- with their deadlines, and who stands in for a chief executive.

-- A wording never changes under its edition: statements were made from it.
create trigger statement_template_no_change before update or delete on statement_template for each row execute function refuse_change();
create trigger statement_template_no_truncate before truncate on statement_template for each statement execute function refuse_change();

create table template_draft (
    id           text not null primary key,
    template     text not null check (template <> ''),
    edition      bigint not null,  -- the one it becomes
    document     text not null,    -- JSON, as statement_template keeps it
    author       text not null, -- a person, or an import
    author_name  text not null,
    drafted_at   bigint not null,
    state        text not null check (state in ('waiting', 'published', 'dropped')),
    decided_by   text references person (id),
    decided_name text not null,
    decided_at   bigint,
    version      bigint not null,
    check ((state = 'waiting') = (decided_at is null)),
    check (state <> 'published' or decided_by <> author)
);
create unique index template_draft_waiting on template_draft (template) where state = 'waiting';
create unique index template_draft_published on template_draft (template, edition) where state = 'published';
-- +goose StatementBegin
create function keep_template_draft() returns trigger language plpgsql as $$
begin
    if old.state <> 'waiting' or (new.id, new.template, new.edition, new.author) is distinct from (old.id, old.template, old.edition, old.author) then
        raise exception 'a decided draft of a template stays as it was';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger template_draft_stays before update on template_draft for each row execute function keep_template_draft();
create trigger template_draft_no_delete before delete on template_draft for each row execute function refuse_change();
create trigger template_draft_no_truncate before truncate on template_draft for each statement execute function refuse_change();

create table campaign (
    id             text not null primary key,
    name           text not null check (name <> ''),
    template       text not null,
    edition        bigint not null,
    period         text not null,
    period_from    text not null,
    period_to      text not null,
    due_at         bigint not null,  -- as asked for; what runs for one trust is its statement's
    audience       text not null,    -- JSON, as chosen
    asked_by       text not null,
    asked_name     text not null,
    asked_at       bigint not null,
    withdrawn_at   bigint,
    withdrawn_name text not null,
    withdrawn_why  text not null,
    version        bigint not null,
    foreign key (template, edition) references statement_template (id, edition),
    check ((withdrawn_at is null) = (withdrawn_why = ''))
);
create index campaign_asked on campaign (asked_at desc, id);
-- +goose StatementBegin
create function keep_campaign() returns trigger language plpgsql as $$
begin
    if old.withdrawn_at is not null or (new.id, new.name, new.template, new.edition, new.period, new.due_at, new.audience, new.asked_by, new.asked_at) is distinct from (old.id, old.name, old.template, old.edition, old.period, old.due_at, old.audience, old.asked_by, old.asked_at) then
        raise exception 'a campaign stays as it was asked';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger campaign_stays before update on campaign for each row execute function keep_campaign();
create trigger campaign_no_delete before delete on campaign for each row execute function refuse_change();
create trigger campaign_no_truncate before truncate on campaign for each statement execute function refuse_change();

alter table statement add column campaign text references campaign (id);
alter table statement add column title text not null default ''; -- of the template, for this period; empty before there were others
alter table statement add column withdrawn_at bigint; -- asked for no longer; a statement that is signed never is
create index statement_campaign on statement (campaign);
-- +goose StatementBegin
create function keep_withdrawn() returns trigger language plpgsql as $$
begin
    if new.withdrawn_at is not null and (new.state in ('signed', 'returned') or old.withdrawn_at is not null) then
        raise exception 'a statement that was signed, returned or withdrawn stays as it is';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger statement_withdrawn_unsigned before update on statement for each row execute function keep_withdrawn();

create table extension (
    id           text not null primary key,
    statement    text not null references statement (id),
    organisation text not null references organisation (code),
    was_due_at   bigint not null,
    due_at       bigint not null,
    reason       text not null check (reason <> ''),
    asked_by     text not null references person (id),
    asked_name   text not null,
    asked_at     bigint not null,
    state        text not null check (state in ('waiting', 'confirmed', 'refused')),
    decided_by   text references person (id),
    decided_name text not null,
    decided_at   bigint,
    version      bigint not null,
    check (due_at > was_due_at),
    check ((state = 'waiting') = (decided_at is null)),
    check (state <> 'confirmed' or decided_by <> asked_by)
);
create unique index extension_waiting on extension (statement) where state = 'waiting';
create index extension_statement on extension (statement, asked_at desc, id);
-- +goose StatementBegin
create function keep_extension() returns trigger language plpgsql as $$
begin
    if old.state <> 'waiting' or (new.id, new.statement, new.organisation, new.was_due_at, new.due_at, new.reason, new.asked_by, new.asked_at) is distinct from (old.id, old.statement, old.organisation, old.was_due_at, old.due_at, old.reason, old.asked_by, old.asked_at) then
        raise exception 'an extension stays as it was asked';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger extension_stays before update on extension for each row execute function keep_extension();
create trigger extension_no_delete before delete on extension for each row execute function refuse_change();
create trigger extension_no_truncate before truncate on extension for each statement execute function refuse_change();

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
    asked_at     bigint not null,
    state        text not null check (state in ('waiting', 'confirmed', 'refused', 'withdrawn')),
    decided_by   text references person (id),
    decided_name text not null,
    decided_at   bigint,
    why          text not null, -- of a refusal
    appointment  text references appointment (id), -- made by the confirmation
    ended_at     bigint, -- when it was ended before its last day
    ended_name   text not null,
    version      bigint not null,
    check (from_on <= to_on),
    check (person <> asked_by),
    check ((state = 'waiting') = (decided_at is null)),
    check ((state = 'confirmed') = (appointment is not null)),
    check ((state = 'refused') = (why <> '')),
    check (state <> 'confirmed' or (decided_by <> asked_by and decided_by <> person))
);
create unique index acting_request_waiting on acting_request (organisation) where state = 'waiting';
create index acting_request_organisation on acting_request (organisation, asked_at desc, id);
create index acting_request_asked on acting_request (asked_at desc, id);
-- +goose StatementBegin
create function keep_acting_request() returns trigger language plpgsql as $$
begin
    if old.state in ('refused', 'withdrawn') or old.ended_at is not null or (old.state = 'confirmed' and new.state <> 'confirmed') or (new.id, new.organisation, new.person, new.from_on, new.to_on, new.reason, new.asked_by, new.asked_at) is distinct from (old.id, old.organisation, old.person, old.from_on, old.to_on, old.reason, old.asked_by, old.asked_at) then
        raise exception 'a request for an acting chief executive stays as it was asked';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger acting_request_stays before update on acting_request for each row execute function keep_acting_request();
create trigger acting_request_no_delete before delete on acting_request for each row execute function refuse_change();
create trigger acting_request_no_truncate before truncate on acting_request for each statement execute function refuse_change();
