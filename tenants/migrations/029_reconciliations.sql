-- After a restore each cell is compared with the database before anybody works in it. A row says of a cell that it was not yet, and why.
create table reconciliations (
    cell_id     uuid primary key references cells,
    since       timestamptz not null,
    message     text not null default '',
    lost        integer not null default 0, -- workspaces whose databases were not there when somebody looked last
    accepted    integer not null default 0, -- so many may be gone, an operator has said
    accepted_by text not null default ''
);
insert into reconciliations (cell_id, since)
select c.id, r.since from cells c, (select max(restored_at) as since from restores where reconciled_at is null) r
where r.since is not null and c.state not in ('planned', 'destroyed');
