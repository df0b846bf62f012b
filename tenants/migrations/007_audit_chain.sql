-- Events are written without waiting for each other; a sealer gives them their places in their chains once they are
-- committed. What it has not come to yet is in audit_unsealed, written in the same transaction by whoever writes the event.
create table audit_unsealed (
    event_id uuid primary key
);
insert into audit_unsealed select id from audit_events;

create function await_seal() returns trigger language plpgsql as $$
begin
    insert into audit_unsealed (event_id) values (new.id);
    return null;
end $$;
create trigger audit_events_await_seal after insert on audit_events for each row execute function await_seal();

-- A chain is called by its tenant's id; that of the operator, by 00000000-0000-0000-0000-000000000000.
create table audit_seals (
    chain    uuid not null,
    seq      bigint not null,
    event_id uuid not null constraint audit_seals_event_key unique,
    hash     bytea not null,
    primary key (chain, seq)
);

create table audit_chains (
    chain uuid primary key,
    count bigint not null,
    hash  bytea not null
);

create table audit_checkpoints (
    number      bigint primary key,
    at          timestamptz not null,
    document    bytea not null,
    signature   bytea not null,
    archived_at timestamptz
);

-- Nobody changes what was written. Whoever owns the tables can take this away; that is what the chains are for.
create function keep_as_written() returns trigger language plpgsql as $$
begin
    raise exception '% is only ever added to', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_events_kept before update or delete or truncate on audit_events for each statement execute function keep_as_written();
create trigger audit_seals_kept before update or delete or truncate on audit_seals for each statement execute function keep_as_written();
create trigger audit_checkpoints_kept before update of number, at, document, signature or delete or truncate on audit_checkpoints
    for each statement execute function keep_as_written();
