-- +goose Up
-- Decisions to live with a risk for a while. What was signed never changes.

create table risk_request (
    id           text not null primary key,
    alert        text not null,
    organisation text not null,
    number       integer not null, -- which request on this alert, from 1
    what         text not null check (what <> ''),
    patients     text not null check (patients <> ''),
    cover        text not null check (cover <> ''),
    until_on     text not null,
    chief        integer not null check (chief in (0, 1)), -- the chief executive must sign too
    asked_by     text not null,
    asked_at     integer not null,
    state        text not null check (state in ('asked', 'escalated', 'accepted', 'refused', 'replaced')),
    version      integer not null,
    foreign key (alert, organisation) references alert_response (alert, organisation),
    unique (alert, organisation, number)
) strict;
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
    arrived_at   integer not null, -- when the person pressed the button
    ends_at      integer not null,
    used_at      integer
) strict;
create index risk_attempt_ends on risk_attempt (ends_at);

create table risk_signature (
    id           text not null primary key,
    attempt      text not null unique references risk_attempt (id),
    request      text not null references risk_request (id),
    organisation text not null references organisation (code),
    signer_name  text not null,
    office       text not null,
    acting       integer not null check (acting in (0, 1)),
    issuer       text not null,
    subject      text not null,
    acr          text not null,
    auth_at      integer not null,
    signed_at    integer not null,
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> ''),
    unique (request, office)
) strict;

-- +goose StatementBegin
create trigger risk_signature_no_replace before insert on risk_signature when exists (select 1 from risk_signature where id = new.id or attempt = new.attempt or (request = new.request and office = new.office))
begin select raise(abort, 'risk_signature is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger risk_signature_no_update before update on risk_signature
begin select raise(abort, 'risk_signature is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger risk_signature_no_delete before delete on risk_signature
begin select raise(abort, 'risk_signature is append-only'); end;
-- +goose StatementEnd

-- What was asked stays as it was asked: only where it stands may move. What was
-- signed is the attempt's document: once used it stays.
-- +goose StatementBegin
create trigger risk_request_stays before update on risk_request
when new.id <> old.id or new.alert <> old.alert or new.organisation <> old.organisation or new.number <> old.number or new.what <> old.what or new.patients <> old.patients
     or new.cover <> old.cover or new.chief <> old.chief or new.asked_by <> old.asked_by or new.asked_at <> old.asked_at
begin select raise(abort, 'a request about a risk stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger risk_request_no_replace before insert on risk_request
when exists (select 1 from risk_request where id = new.id or (alert = new.alert and organisation = new.organisation and number = new.number))
begin select raise(abort, 'a request about a risk stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger risk_request_no_delete before delete on risk_request
begin select raise(abort, 'a request about a risk stays as it was asked'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger risk_attempt_stays before update on risk_attempt
when old.used_at is not null or new.id <> old.id or new.request <> old.request or new.organisation <> old.organisation or new.person <> old.person or new.office <> old.office
     or new.verdict <> old.verdict or new.until_on <> old.until_on or new.document <> old.document or new.digest <> old.digest or new.salt <> old.salt or new.nonce <> old.nonce
     or new.arrived_at <> old.arrived_at or new.ends_at <> old.ends_at
begin select raise(abort, 'an attempt to sign stays as it was'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger risk_attempt_no_replace before insert on risk_attempt when exists (select 1 from risk_attempt where id = new.id)
begin select raise(abort, 'an attempt to sign stays as it was'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger risk_attempt_no_delete before delete on risk_attempt
begin select raise(abort, 'an attempt to sign stays as it was'); end;
-- +goose StatementEnd

-- REPLACE also deletes what another unique rule names.
drop trigger signature_no_replace;
-- +goose StatementBegin
create trigger signature_no_replace before insert on signature
when exists (select 1 from signature where id = new.id or code = new.code or statement = new.statement or step_up = new.step_up)
begin select raise(abort, 'signature is append-only: this id exists'); end;
-- +goose StatementEnd
