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
    acting       bigint not null check (acting in (0, 1)),
    document     text not null, -- the exact bytes that were signed
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
    id_token     text not null check (id_token <> ''),
    key_set      text not null check (key_set <> ''),
    unique (statement, office)
);
create index co_signature_organisation on co_signature (organisation);

create trigger co_signature_no_change before update or delete on co_signature for each row execute function refuse_change();
create trigger co_signature_no_truncate before truncate on co_signature for each statement execute function refuse_change();
