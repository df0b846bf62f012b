-- How far each edge has handed its access log over. Without a row it keeps none, as the version before.
create table access_log_standings (
    edge_id  uuid primary key references edges on delete cascade,
    until_at timestamptz not null,     -- all that had ended before then is in the object store, or lost
    told_at  timestamptz not null,
    segments bigint not null,          -- that wait on its disk
    bytes    bigint not null,          -- of these
    lost     bigint not null default 0 -- lines that nobody will read, ever
);

-- Workspaces whose access logs are gone for good: since they were deleted nobody could add to them any more.
create table access_log_removals (
    workspace_id uuid primary key references workspaces,
    gone_at      timestamptz not null
);
