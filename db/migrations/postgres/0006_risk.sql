-- +goose Up
-- Decisions to live with a risk for a while. What was signed never changes.

create table risk_request (
    id           text not null primary key,
    alert        text not null,
    organisation text not null,
    number       bigint not null, -- which request on this alert, from 1
    what         text not null check (what <> ''),
    patients     text not null check (patients <> ''),
    cover        text not null check (cover <> ''),
    until_on     text not null,
    chief        bigint not null check (chief in (0, 1)), -- the chief executive must sign too
    asked_by     text not null,
    asked_at     bigint not null,
    state        text not null check (state in ('asked', 'escalated', 'accepted', 'refused', 'replaced')),
    version      bigint not null,
    foreign key (alert, organisation) references alert_response (alert, organisation),
    unique (alert, organisation, number)
);
create index risk_request_waiting on risk_request (organisation, asked_at) where state in ('asked', 'escalated');

create table risk_attempt (
    id           text not null primary key,
    request      text not null references risk_request (id),
    organisation text not null,
    person       text not null references person (id),
    office       text not null,
    verdict      text not null check (verdict in ('accept', 'refuse')),
    until_on     text not null,
    document     text not null, -- the exact bytes to be signed
    digest       text not null,
    salt         text not null,
    nonce        text not null,
    arrived_at   bigint not null, -- when the person pressed the button
    ends_at      bigint not null,
    used_at      bigint
);
create index risk_attempt_ends on risk_attempt (ends_at);

create table risk_signature (
    id           text not null primary key,
    attempt      text not null unique references risk_attempt (id),
    request      text not null references risk_request (id),
    organisation text not null references organisation (code),
    signer_name  text not null,
    office       text not null,
    acting       bigint not null check (acting in (0, 1)),
    issuer       text not null,
    subject      text not null,
    acr          text not null,
    auth_at      bigint not null,
    signed_at    bigint not null,
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> ''),
    unique (request, office)
);

create trigger risk_signature_no_change before update or delete on risk_signature for each row execute function refuse_change();
create trigger risk_signature_no_truncate before truncate on risk_signature for each statement execute function refuse_change();

-- What was asked stays as it was asked: only where it stands may move. What was
-- signed is the attempt's document: once used it stays.
-- +goose StatementBegin
create function keep_risk_request() returns trigger language plpgsql as $$
begin
    if (new.id, new.alert, new.organisation, new.number, new.what, new.patients, new.cover, new.chief, new.asked_by, new.asked_at)
       is distinct from (old.id, old.alert, old.organisation, old.number, old.what, old.patients, old.cover, old.chief, old.asked_by, old.asked_at) then
        raise exception 'a request about a risk stays as it was asked';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger risk_request_stays before update on risk_request for each row execute function keep_risk_request();
create trigger risk_request_no_delete before delete on risk_request for each row execute function refuse_change();
create trigger risk_request_no_truncate before truncate on risk_request for each statement execute function refuse_change();
-- +goose StatementBegin
create function keep_risk_attempt() returns trigger language plpgsql as $$
begin
    if old.used_at is not null or (new.id, new.request, new.organisation, new.person, new.office, new.verdict, new.until_on, new.document, new.digest, new.salt, new.nonce, new.arrived_at, new.ends_at)
       is distinct from (old.id, old.request, old.organisation, old.person, old.office, old.verdict, old.until_on, old.document, old.digest, old.salt, old.nonce, old.arrived_at, old.ends_at) then
        raise exception 'an attempt to sign stays as it was';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger risk_attempt_stays before update on risk_attempt for each row execute function keep_risk_attempt();
create trigger risk_attempt_no_delete before delete on risk_attempt for each row execute function refuse_change();
create trigger risk_attempt_no_truncate before truncate on risk_attempt for each statement execute function refuse_change();
