-- +goose Up
-- Signatures beside the chief executive's, where the locked words ask for one.
-- They are only ever added to.

create table co_signature (
    id           text not null primary key,
    statement    text not null references statement (id),
    organisation text not null references organisation (code),
    person       text not null references person (id),
    signer_name  text not null,
    office       text not null,
    acting       integer not null check (acting in (0, 1)),
    document     text not null, -- the exact bytes that were signed
    digest       text not null,
    words_digest text not null,
    salt         text not null,
    nonce        text not null,
    step_up      text not null unique references step_up (id),
    issuer       text not null,
    subject      text not null,
    acr          text not null,
    auth_at      integer not null,
    arrived_at   integer not null,
    signed_at    integer not null,
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> ''),
    unique (statement, office)
) strict;
create index co_signature_organisation on co_signature (organisation);

-- +goose StatementBegin
create trigger co_signature_no_replace before insert on co_signature
when exists (select 1 from co_signature where id = new.id or step_up = new.step_up or (statement = new.statement and office = new.office))
begin select raise(abort, 'co_signature is append-only: this id exists'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger co_signature_no_update before update on co_signature
begin select raise(abort, 'co_signature is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger co_signature_no_delete before delete on co_signature
begin select raise(abort, 'co_signature is append-only'); end;
-- +goose StatementEnd
