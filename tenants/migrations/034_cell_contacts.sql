-- How workers get on with reaching each cell. Not in the cell's own row: whoever places a workspace holds that.
create table cell_contacts (
    cell_id       uuid primary key references cells,
    reached_at    timestamptz,           -- last; by the database's clock, as the others
    failing_since timestamptz,           -- since when they try in vain; null: one reaches it, or none has looked yet
    failed_at     timestamptz,           -- last
    failure       text not null default '',
    constraint cell_contacts_failing_check check ((failing_since is null) = (failed_at is null))
);
