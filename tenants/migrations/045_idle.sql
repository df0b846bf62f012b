-- Workspaces that nobody uses hibernate by themselves. The version before writes none of this: its edges tell of no use, and while one of
-- them serves nothing is put to rest; a workspace that its workers start counts as unused since before, until an edge tells otherwise.
alter table workspaces
    add column idle_since   timestamptz not null default now(), -- since when nobody used it, as far as edges have told; also: since it runs
    add column idle_after_s integer,                            -- after how long of that it hibernates; null: as its plan has it
    add column always_on    boolean not null default false,     -- it never hibernates
    add column woken_at     timestamptz,                        -- when it was woken last; null: it never was, since this version
    add column wake_why     text not null default '',           -- and what for
    add constraint workspaces_idle_after_check check (idle_after_s between 60 and 2592000);
create index workspaces_to_wake on workspaces (id) where state = 'hibernated' and always_on;
create index operations_woken on operations (workspace_id, finished_at) where kind = 'wake' and state = 'succeeded';

alter table edge_leases add column uses_at timestamptz;         -- when its process last told which workspaces were used; null: it never did
alter table edges
    add column uses_at    timestamptz,                          -- the same, of any of its processes
    add column uses_since timestamptz;                          -- from when on it has told of all uses, without a gap
