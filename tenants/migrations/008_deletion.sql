-- Deletion with grace: a workspace is taken out of service (`retire`), and removed (`delete`) when its date has come.
alter table workspaces drop constraint workspaces_state_check,
    add constraint workspaces_state_check check (state in ('provisioning', 'running', 'stopping', 'stopped', 'starting',
                                                           'deleting', 'removing', 'deleted'));
-- Until when it can be brought back. The version before leaves it alone: what it deletes is removed at once.
alter table workspaces add column delete_at timestamptz;
create index workspaces_delete_at on workspaces (delete_at) where state = 'deleting';

alter table operations drop constraint operations_kind_check,
    add constraint operations_kind_check check (kind in ('prepare', 'provision', 'start', 'stop', 'retire', 'delete'));

-- Who wanted a workspace gone, and what it goes back to when nobody wants that any more.
create table deletions (
    workspace_id uuid primary key references workspaces,
    asked_by     text not null,
    asked_at     timestamptz not null,
    was          text not null constraint deletions_was_check check (was in ('running', 'stopped')),
    message      text not null
);
