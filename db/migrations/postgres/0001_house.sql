-- +goose Up
-- The walls of the house. Instants are microseconds of UTC, days are
-- YYYY-MM-DD of the United Kingdom, flags are 0 or 1, ids are UUIDv7 text.

create table organisation (
    code      text not null primary key,
    name      text not null check (name <> ''),
    kind      text not null,
    region    text not null,
    icb       text not null,
    opened_on text not null,
    closed_on text not null, -- empty while open
    version   bigint not null
);

create table cohort_member (
    cohort       text not null,
    organisation text not null references organisation (code),
    from_on      text not null,
    to_on        text not null, -- empty until further notice
    primary key (cohort, organisation, from_on)
);
create index cohort_member_organisation on cohort_member (organisation);

create table person (
    id    text not null primary key,
    name  text not null check (name <> ''),
    email text not null,
    phone text not null,
    steps bigint not null -- how many events have vouched for the row: as it was recorded, and after each change
);

create table login (
    id         text not null unique, -- as events name it, made of issuer and subject
    issuer     text not null,
    subject    text not null check (subject <> ''),
    person     text not null references person (id),
    name       text not null, -- as the provider gives it, from the first sign-in on
    email      text not null,
    changed_at bigint, -- since when it names somebody else, and does not sign
    steps      bigint not null, -- how many events have vouched for the row
    mac        text not null check (length(mac) = 64), -- of the row, by the act key: that the portal wrote it
    version    bigint not null,
    primary key (issuer, subject)
);
create index login_person on login (person);

create table appointment (
    id           text not null primary key,
    person       text not null references person (id),
    office       text not null,
    organisation text not null, -- an ODS code, or NATIONAL
    from_at      bigint not null,
    to_at        bigint, -- null until further notice
    acting       bigint not null check (acting in (0, 1)),
    recorded_by  text not null,
    recorded_at  bigint not null,
    mac          text not null check (length(mac) = 64), -- of the row, by the act key
    version      bigint not null
);
create index appointment_person on appointment (person);
create index appointment_organisation on appointment (organisation, office);

create table sign_in (
    state      text not null primary key, -- hex SHA-256 of the state sent out
    cookie     text not null,             -- hex SHA-256 of the browser's pre-session cookie
    provider   text not null,
    nonce      text not null,
    verifier   text not null,
    return_to  text not null,
    step_up    text not null,             -- id of the step-up this proves, or empty
    started_at bigint not null,
    ends_at    bigint not null
);
create index sign_in_ends on sign_in (ends_at);

create table session (
    key         text not null primary key, -- hex SHA-256 of the token in the cookie
    person      text not null references person (id),
    issuer      text not null,
    provider_id text not null,
    acr         text not null,
    auth_at     bigint not null,
    started_at  bigint not null,
    seen_at     bigint not null,
    mac         text not null check (length(mac) = 64) -- of the row but seen_at, by the act key
);
create index session_person on session (person);
create index session_provider on session (issuer, provider_id);
create index session_started on session (started_at);

create table logout_token (
    issuer  text not null,
    token   text not null, -- its jti: what was obeyed once is not obeyed again
    ends_at bigint not null, -- when the token is too old to be believed anyway
    primary key (issuer, token)
);
create index logout_token_ends on logout_token (ends_at);

create table event (
    id           text not null primary key,
    at           bigint not null,
    actor        text not null check (actor <> ''),
    actor_name   text not null,
    office       text not null,
    organisation text not null,
    kind         text not null check (kind <> ''),
    thing        text not null,
    detail       text not null
);
create index event_organisation on event (organisation, at desc, id);
create index event_thing on event (thing, at desc, id);
create index event_at on event (at);

-- How often anything on record about an organisation has changed. What was
-- read before the number moved is read again.
create table change_mark (
    organisation text not null primary key, -- an ODS code, or NATIONAL
    n            bigint not null
);

create table alert (
    id           text not null primary key,
    number       bigint unique, -- nnnn of CC-nnnn, given at issue
    title        text not null check (title <> ''),
    severity     text not null check (severity in ('high', 'medium', 'low')),
    class        text not null check (class in ('normal', 'critical')),
    threat_type  text not null,
    why          text not null,
    steps        text not null, -- JSON list of sentences
    audience     text not null, -- JSON, as chosen while drafting
    author       text not null,
    drafted_at   bigint not null,
    approver     text, -- set with issued_at, once
    issued_at    bigint,
    answer_due   bigint,
    action_due   bigint,
    state        text not null check (state in ('draft', 'waiting', 'issued')),
    version      bigint not null,
    check ((state = 'issued') = (issued_at is not null)),
    check (approver is null or approver <> author)
);
create index alert_issued on alert (issued_at);

create table alert_response (
    alert           text not null references alert (id),
    organisation    text not null references organisation (code),
    issued_at       bigint not null, -- of the alert: lists are paged by it
    answer_due      bigint not null,
    action_due      bigint not null,
    acknowledged_at bigint,
    acknowledged_by text not null,
    applicability   text not null check (applicability in ('', 'all', 'some', 'none', 'checking')),
    how_known       text not null, -- JSON list
    checked_on      text not null, -- the day of the check that showed "none"
    applied_at      bigint, -- when applicability was given
    answered_at     bigint, -- acknowledged and applicability given
    outcome         text not null check (outcome in ('', 'fixed', 'part', 'cannot')),
    fixed_count     bigint not null,
    asset_count     bigint not null,
    reason          text not null,
    plan_on         text not null,
    next_update_due bigint,
    closed_at       bigint,
    version         bigint not null,
    primary key (alert, organisation)
);
create index alert_response_organisation on alert_response (organisation, issued_at desc, alert);
create index alert_response_due on alert_response (organisation, answer_due, alert, answered_at);
create index alert_response_open on alert_response (organisation, answer_due) where closed_at is null;

create table framework (
    id       text not null primary key,
    title    text not null,
    digest   text not null, -- of document: a framework never changes under its id
    document text not null  -- JSON
);

create table profile (
    id        text not null primary key,
    framework text not null references framework (id),
    title     text not null,
    digest    text not null,
    document  text not null
);

create table assessment (
    id           text not null primary key,
    organisation text not null references organisation (code),
    framework    text not null references framework (id),
    profile      text not null references profile (id),
    period       text not null,
    started_at   bigint not null,
    due_at       bigint not null,
    version      bigint not null,
    unique (organisation, framework, period)
);

create table assessment_answer (
    assessment text not null references assessment (id),
    outcome    text not null,
    level      text not null check (level in ('not_achieved', 'partially_achieved', 'achieved', 'not_assessed')),
    was        text not null, -- the level carried from the last period, or empty
    comment    text not null,
    answered_by text not null,
    answered_at bigint not null,
    version    bigint not null,
    primary key (assessment, outcome)
);

create table evidence (
    id           text not null primary key,
    organisation text not null references organisation (code),
    title        text not null check (title <> ''),
    owner        text not null references person (id),
    about_on     text not null,
    runs_until   text not null,
    file_name    text not null,
    media_type   text not null,
    size         bigint not null check (size > 0),
    digest       text not null check (length(digest) = 64),
    verdict      text not null check (verdict in ('checking', 'ready', 'held', 'not_scanned', 'rejected')),
    verdict_by   text not null,
    verdict_why  text not null,
    received_by  text not null,
    received_at  bigint not null,
    version      bigint not null,
    unique (organisation, digest)
);
create index evidence_ends on evidence (organisation, runs_until);
create index evidence_waiting on evidence (id) where verdict in ('checking', 'not_scanned');

create table evidence_link (
    evidence     text not null references evidence (id),
    organisation text not null references organisation (code),
    thing        text not null, -- "alert/…", "outcome/caf-4.0/B4.d", "statement/…"
    linked_by    text not null,
    linked_at    bigint not null,
    primary key (evidence, thing)
);
create index evidence_link_thing on evidence_link (organisation, thing);

create table statement_template (
    id       text not null,
    edition  bigint not null,
    title    text not null,
    digest   text not null,
    document text not null, -- JSON: parts, who co-signs
    primary key (id, edition)
);

create table statement (
    id           text not null primary key,
    organisation text not null references organisation (code),
    template     text not null,
    edition      bigint not null,
    number       bigint not null, -- which locking of this period's words, from 1
    replaces     text not null, -- the returned statement this one takes up again, or empty
    period       text not null,
    period_from  text not null,
    period_to    text not null,
    due_at       bigint not null,
    state        text not null check (state in ('preparing', 'locked', 'signed', 'returned')),
    gaps         text not null, -- JSON, while preparing
    explained    text not null, -- late answers explained, while preparing
    board_on     text not null, -- the day the board saw it, or empty
    facts        text not null, -- JSON of the figures that were bound at the lock
    words        text not null, -- the exact bytes, from the lock on
    digest       text not null, -- hex SHA-256 of words
    locked_at    bigint,
    locked_by    text not null,
    ended_at     bigint,
    co_signs     bigint not null default 0, -- how many must sign beside the chief executive, as the locked words ask for
    version      bigint not null,
    foreign key (template, edition) references statement_template (id, edition),
    check ((state = 'preparing') = (locked_at is null)),
    check ((words = '') = (state = 'preparing'))
);
create index statement_organisation on statement (organisation, due_at desc, id);
create unique index statement_once on statement (organisation, template, period, number);
create index statement_due on statement (due_at);

create table review (
    statement  text not null references statement (id),
    person     text not null references person (id),
    began_at   bigint not null,
    opinion    text not null check (opinion in ('', 'unqualified', 'qualified', 'declined')),
    exceptions text not null, -- JSON
    reason     text not null,
    shown      text not null, -- digest of the words the person saw
    version    bigint not null,
    primary key (statement, person)
);

create table step_up (
    id           text not null primary key,
    statement    text not null references statement (id),
    organisation text not null,
    person       text not null references person (id),
    document     text not null, -- the exact bytes to be signed: words, opinion, exceptions, declaration
    digest       text not null,
    salt         text not null,
    nonce        text not null,
    review_began bigint not null,
    arrived_at   bigint not null, -- when the person pressed the button
    ends_at      bigint not null,
    used_at      bigint
);
create index step_up_ends on step_up (ends_at);

create table signature (
    id           text not null primary key,
    code         text not null unique,
    statement    text not null unique references statement (id),
    organisation text not null references organisation (code),
    person       text not null references person (id),
    signer_name  text not null,
    office       text not null,
    acting       bigint not null check (acting in (0, 1)),
    opinion      text not null check (opinion in ('unqualified', 'qualified')),
    exceptions   text not null,
    document     text not null,
    digest       text not null,
    words_digest text not null,
    salt         text not null,
    nonce        text not null,
    step_up      text not null unique references step_up (id),
    issuer       text not null,
    subject      text not null,
    acr          text not null,
    auth_at      bigint not null,
    arrived_at   bigint not null,
    signed_at    bigint not null,
    late         bigint not null check (late in (0, 1)),
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> '')
);
create index signature_organisation on signature (organisation, signed_at desc);
create index signature_person on signature (person, signed_at desc);

-- Append-only: neither changed, nor deleted, nor truncated.
-- +goose StatementBegin
create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only', tg_table_name; end $$;
-- +goose StatementEnd

create trigger event_no_change before update or delete on event for each row execute function refuse_change();
create trigger event_no_truncate before truncate on event for each statement execute function refuse_change();

create trigger signature_no_change before update or delete on signature for each row execute function refuse_change();
create trigger signature_no_truncate before truncate on signature for each statement execute function refuse_change();

-- Locked words stay as they are: only where the statement stands may move.
-- +goose StatementBegin
create function keep_words() returns trigger language plpgsql as $$
begin
    if old.words <> '' and (new.words <> old.words or new.digest <> old.digest or new.co_signs <> old.co_signs) then
        raise exception 'the words of a locked statement never change';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger statement_words_stay before update on statement for each row execute function keep_words();
