-- +goose Up
-- The public log of accountable acts. What is committed to, the tree, its
-- heads, and what witnesses said of them. All of it is only ever added to.

alter table event add column digest text not null default ''; -- hex SHA-256 of the record the event vouches for

-- Since when every accountable event has its leaf.
create table log_start (
    one integer not null primary key check (one = 1),
    at  integer not null
) strict;

create table log_leaf (
    event text not null primary key references event (id),
    leaf  text not null unique check (length(leaf) = 84),
    salt  text not null, -- 32 hex characters, or empty once it was erased
    mac   text not null check (length(mac) = 64) -- of the leaf, by the act key: that the portal made it
) strict;

-- What has its leaf and no place in the tree yet.
create table log_queue (
    event text not null primary key references log_leaf (event)
) strict;

create table log_entry (
    n     integer not null primary key, -- place in the tree, from 0
    event text not null unique references log_leaf (event)
) strict;

create table log_hash (
    n    integer not null primary key, -- as package tlog numbers stored hashes
    hash blob not null check (length(hash) = 32)
) strict;

create table log_checkpoint (
    size      integer not null primary key check (size > 0),
    root      text not null,
    note      text not null, -- signed by the log alone
    signed_at integer not null
) strict;

create table log_cosignature (
    size    integer not null references log_checkpoint (size),
    witness text not null,
    line    text not null,
    at      integer not null, -- seconds since 1970, by the witness's clock
    primary key (size, witness)
) strict;
create index log_cosignature_witness on log_cosignature (witness, size desc);

-- The heads that were shown to the public, having the quorum of their day.
create table log_published (
    size         integer not null primary key references log_checkpoint (size),
    published_at integer not null
) strict;

-- The key sets by which identity providers' tokens were checked, each kept once.
create table key_set (
    digest   text not null, -- hex SHA-256 of document
    issuer   text not null,
    document text not null,
    seen_at  integer not null,
    event    text not null references event (id),
    primary key (digest, issuer)
) strict;

-- +goose StatementBegin
create trigger key_set_no_replace before insert on key_set when exists (select 1 from key_set where digest = new.digest and issuer = new.issuer)
begin select raise(abort, 'key_set is append-only: this set is kept'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger key_set_no_update before update on key_set begin select raise(abort, 'key_set is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger key_set_no_delete before delete on key_set begin select raise(abort, 'key_set is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger log_start_no_replace before insert on log_start when exists (select 1 from log_start)
begin select raise(abort, 'the log begins once'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_start_stays before update on log_start begin select raise(abort, 'the log begins once'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_start_no_delete before delete on log_start begin select raise(abort, 'the log begins once'); end;
-- +goose StatementEnd

-- A salt can be erased, and with it the link between a leaf and what it is of. A
-- code is made anew when the act key is replaced.
-- +goose StatementBegin
create trigger log_leaf_no_replace before insert on log_leaf when exists (select 1 from log_leaf where event = new.event or leaf = new.leaf)
begin select raise(abort, 'log_leaf is append-only: this event has its leaf'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_leaf_no_update before update on log_leaf when new.event <> old.event or new.leaf <> old.leaf or (new.salt <> old.salt and new.salt <> '')
begin select raise(abort, 'log_leaf is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_leaf_no_delete before delete on log_leaf begin select raise(abort, 'log_leaf is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger log_entry_next before insert on log_entry when new.n is not (select coalesce(max(n) + 1, 0) from log_entry)
begin select raise(abort, 'log_entry is append-only: wrong place'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_entry_no_update before update on log_entry begin select raise(abort, 'log_entry is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_entry_no_delete before delete on log_entry begin select raise(abort, 'log_entry is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger log_hash_next before insert on log_hash when new.n is not (select coalesce(max(n) + 1, 0) from log_hash)
begin select raise(abort, 'log_hash is append-only: wrong place'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_hash_no_update before update on log_hash begin select raise(abort, 'log_hash is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_hash_no_delete before delete on log_hash begin select raise(abort, 'log_hash is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger log_checkpoint_grows before insert on log_checkpoint when new.size <= (select coalesce(max(size), 0) from log_checkpoint)
begin select raise(abort, 'log_checkpoint only grows'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_checkpoint_no_update before update on log_checkpoint begin select raise(abort, 'log_checkpoint is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_checkpoint_no_delete before delete on log_checkpoint begin select raise(abort, 'log_checkpoint is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger log_cosignature_no_replace before insert on log_cosignature when exists (select 1 from log_cosignature where size = new.size and witness = new.witness)
begin select raise(abort, 'log_cosignature is append-only: this witness has signed'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_cosignature_no_update before update on log_cosignature begin select raise(abort, 'log_cosignature is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_cosignature_no_delete before delete on log_cosignature begin select raise(abort, 'log_cosignature is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger log_published_no_replace before insert on log_published when exists (select 1 from log_published where size = new.size)
begin select raise(abort, 'log_published is append-only: this size was shown'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_published_no_update before update on log_published begin select raise(abort, 'log_published is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger log_published_no_delete before delete on log_published begin select raise(abort, 'log_published is append-only'); end;
-- +goose StatementEnd
