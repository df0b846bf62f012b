-- A checkpoint signs the root of a tree whose leaves are how far the chains go. What it says of a chain is kept, with the proof that it
-- does, where that is something new: a chain in which nothing happens costs nothing.
create table audit_leaves (
    chain    uuid not null,
    count    bigint not null, -- how far the chain went
    hash     bytea not null,  -- of the event in that place
    number   bigint not null, -- of the checkpoint that said so first
    position bigint not null, -- of the leaf in its tree
    path     bytea not null,  -- to the root, 32 bytes each
    primary key (chain, count)
);
create index audit_leaves_number on audit_leaves (number);
create trigger audit_leaves_kept before update or delete or truncate on audit_leaves for each statement execute function keep_as_written();

alter table audit_chains
    add column signed bigint not null default 0, -- how far it went when it last had a new leaf
    add column leaf   bytea;                     -- that leaf

-- A restore is noted under the audit trail's key: an event that tells of one can be written by anybody who can write events.
alter table restores add column document bytea, add column signature bytea, add column archived_at timestamptz;
