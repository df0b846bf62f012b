-- A control plane that was restored continues another history of routes: an edge that knows the one before needs all.
alter table route_clock add column history uuid;
update route_clock set history = gen_random_uuid();

-- Storage that a workspace may have come to use after the backup that was restored: it is kept for the operator.
alter table storages drop constraint storages_state_check,
    add constraint storages_state_check check (state in ('making', 'blank', 'taken', 'removing', 'quarantined'));

-- Each restore of this database, and what was done about the differences between it and the cells.
create table restores (
    id            uuid primary key,
    restored_at   timestamptz not null,
    backup_at     timestamptz not null,
    reconciled_at timestamptz
);
