-- +goose Up
-- The public log of accountable acts. What is committed to, the tree, its
-- heads, and what witnesses said of them. All of it is only ever added to.

alter table event add column digest text not null default ''; -- hex SHA-256 of the record the event vouches for

-- Since when every accountable event has its leaf.
create table log_start (
    one bigint not null primary key check (one = 1),
    at  bigint not null
);

create table log_leaf (
    event text not null primary key references event (id),
    leaf  text not null unique check (length(leaf) = 84),
    salt  text not null, -- 32 hex characters, or empty once it was erased
    mac   text not null check (length(mac) = 64) -- of the leaf, by the act key: that the portal made it
);

-- What has its leaf and no place in the tree yet.
create table log_queue (
    event text not null primary key references log_leaf (event)
);

create table log_entry (
    n     bigint not null primary key, -- place in the tree, from 0
    event text not null unique references log_leaf (event)
);

create table log_hash (
    n    bigint not null primary key, -- as package tlog numbers stored hashes
    hash bytea not null check (length(hash) = 32)
);

create table log_checkpoint (
    size      bigint not null primary key check (size > 0),
    root      text not null,
    note      text not null, -- signed by the log alone
    signed_at bigint not null
);

create table log_cosignature (
    size    bigint not null references log_checkpoint (size),
    witness text not null,
    line    text not null,
    at      bigint not null, -- seconds since 1970, by the witness's clock
    primary key (size, witness)
);
create index log_cosignature_witness on log_cosignature (witness, size desc);

-- The heads that were shown to the public, having the quorum of their day.
create table log_published (
    size         bigint not null primary key references log_checkpoint (size),
    published_at bigint not null
);

-- The key sets by which identity providers' tokens were checked, each kept once.
create table key_set (
    digest   text not null, -- hex SHA-256 of document
    issuer   text not null,
    document text not null,
    seen_at  bigint not null,
    event    text not null references event (id),
    primary key (digest, issuer)
);

create trigger key_set_no_change before update or delete on key_set for each row execute function refuse_change();
create trigger key_set_no_truncate before truncate on key_set for each statement execute function refuse_change();
create trigger log_start_no_change before update or delete on log_start for each row execute function refuse_change();
create trigger log_start_no_truncate before truncate on log_start for each statement execute function refuse_change();

-- A salt can be erased, and with it the link between a leaf and what it is of. A
-- code is made anew when the act key is replaced.
-- +goose StatementBegin
create function keep_leaf() returns trigger language plpgsql as $$
begin
    if new.event <> old.event or new.leaf <> old.leaf or (new.salt <> old.salt and new.salt <> '') then
        raise exception 'log_leaf is append-only';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger log_leaf_stays before update on log_leaf for each row execute function keep_leaf();
create trigger log_leaf_no_delete before delete on log_leaf for each row execute function refuse_change();
create trigger log_leaf_no_truncate before truncate on log_leaf for each statement execute function refuse_change();

-- +goose StatementBegin
create function log_entry_next() returns trigger language plpgsql as $$
begin
    if new.n <> (select coalesce(max(n) + 1, 0) from log_entry) then
        raise exception 'log_entry is append-only: wrong place' using errcode = '23505';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger log_entry_next before insert on log_entry for each row execute function log_entry_next();
create trigger log_entry_no_change before update or delete on log_entry for each row execute function refuse_change();
create trigger log_entry_no_truncate before truncate on log_entry for each statement execute function refuse_change();

-- +goose StatementBegin
create function log_hash_next() returns trigger language plpgsql as $$
begin
    if new.n <> (select coalesce(max(n) + 1, 0) from log_hash) then
        raise exception 'log_hash is append-only: wrong place' using errcode = '23505';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger log_hash_next before insert on log_hash for each row execute function log_hash_next();
create trigger log_hash_no_change before update or delete on log_hash for each row execute function refuse_change();
create trigger log_hash_no_truncate before truncate on log_hash for each statement execute function refuse_change();

-- +goose StatementBegin
create function log_checkpoint_grows() returns trigger language plpgsql as $$
begin
    if new.size <= (select coalesce(max(size), 0) from log_checkpoint) then
        raise exception 'log_checkpoint only grows' using errcode = '23505';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger log_checkpoint_grows before insert on log_checkpoint for each row execute function log_checkpoint_grows();
create trigger log_checkpoint_no_change before update or delete on log_checkpoint for each row execute function refuse_change();
create trigger log_checkpoint_no_truncate before truncate on log_checkpoint for each statement execute function refuse_change();

create trigger log_cosignature_no_change before update or delete on log_cosignature for each row execute function refuse_change();
create trigger log_cosignature_no_truncate before truncate on log_cosignature for each statement execute function refuse_change();
create trigger log_published_no_change before update or delete on log_published for each row execute function refuse_change();
create trigger log_published_no_truncate before truncate on log_published for each statement execute function refuse_change();
