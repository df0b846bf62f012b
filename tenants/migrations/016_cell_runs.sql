-- What workers and terraform have to be told of a cell. No secret: those are in files, whose paths stand here.
alter table cells add column config jsonb not null default '{}';
alter table cells drop constraint cells_state_check,
    add constraint cells_state_check check (state in ('planned', 'ready', 'draining', 'closed', 'destroyed'));

-- A blank can be taken away again.
alter table operations drop constraint operations_kind_check,
    add constraint operations_kind_check check (kind in ('prepare', 'discard', 'provision', 'start', 'stop', 'retire', 'delete'));

-- What terraform was asked to do about a cell, and what came of it.
create table cell_runs (
    id           uuid primary key,
    cell_id      uuid not null references cells,
    kind         text not null constraint cell_runs_kind_check check (kind in ('plan', 'plan_destroy', 'apply', 'destroy', 'drift')),
    state        text not null constraint cell_runs_state_check check (state in ('queued', 'running', 'succeeded', 'failed')),
    plan_id      uuid references cell_runs,
    message      text not null,
    changes      jsonb not null default '[]',
    lineage      text not null default '',
    serial       bigint not null default 0,
    digest       text not null default '',
    expires_at   timestamptz,
    requested_by text not null,
    lease_owner  text,
    lease_until  timestamptz,
    created_at   timestamptz not null,
    started_at   timestamptz,
    finished_at  timestamptz,
    constraint cell_runs_finished check ((state in ('succeeded', 'failed')) = (finished_at is not null)),
    constraint cell_runs_plan check ((kind in ('apply', 'destroy')) = (plan_id is not null))
);
create unique index cell_runs_one_per_cell on cell_runs (cell_id) where state in ('queued', 'running');
create index cell_runs_of_cell on cell_runs (cell_id, id);
