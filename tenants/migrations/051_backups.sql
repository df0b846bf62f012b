-- Some operations have only a part of their workspace for themselves, go on beside others, and leave its state as it is.
alter table operations
    add column part text not null default '',    -- which; empty: the whole workspace, which goes from state to state with it
    drop constraint operations_kind_check,
    add constraint operations_kind_check check (kind in ('prepare', 'discard', 'provision', 'start', 'stop', 'hibernate', 'wake', 'retire', 'delete', 'backup', 'expire'));

drop index operations_one_per_workspace;
create unique index operations_one_per_workspace on operations (workspace_id, part)
    where state in ('queued', 'running', 'undoing');

-- Backups of workspaces, also those that could not be made, and those that are gone again. Their data is in the backup bucket of the cell.
create table backups (
    id           uuid primary key,
    workspace_id uuid not null references workspaces,
    operation_id uuid not null unique references operations,
    cause        text not null constraint backups_cause_check check (cause in ('schedule', 'request')),
    label        text not null,                  -- whatever who asked for it called it; may be empty
    keep_days    integer not null constraint backups_keep_days_check check (keep_days between 1 and 366),
    held         boolean not null default false, -- kept whatever its time
    asked_at     timestamptz not null,
    made_at      timestamptz,                    -- the moment that it is of; null: it isn't there
    took_ms      bigint,
    bytes        bigint,                         -- of what is in it
    added        bigint,                         -- bytes that had to be written for it
    users        bigint,
    posts        bigint,
    files        bigint,                         -- objects, also pictures and previews
    expired_at   timestamptz                     -- it is gone; null: it isn't, or never was
);
create index backups_workspace on backups (workspace_id, id);
create index backups_kept on backups (made_at) where made_at is not null and expired_at is null;

alter table removals
    drop constraint removals_kind_check,
    add constraint removals_kind_check check (kind in ('route', 'instance', 'database', 'role', 'bucket', 'credential', 'key', 'storage', 'backups'));

-- backup_slot is the last time of the day of a workspace, as of a time. Each has its own, in the five hours after one o'clock, UTC.
create function backup_slot(workspace uuid, now timestamptz) returns timestamptz language sql immutable as $$
    select (date_trunc('day', (now at time zone 'utc') - o.after_midnight) + o.after_midnight) at time zone 'utc'
    from (select make_interval(secs => 3600 + abs(hashtextextended(workspace::text, 0) % 18000)) as after_midnight) o
$$;
