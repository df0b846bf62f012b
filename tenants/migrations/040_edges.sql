-- Edges, each of which keeps its routes in a directory of its own.
create table edges (
    id        uuid primary key,
    name      text not null,
    met_at    timestamptz not null,
    fenced_at timestamptz,           -- since when it may serve nothing; null: it may
    fenced_by text not null default '',
    told_at   timestamptz,           -- when it was first refused for that
    constraint edges_fence_check check ((fenced_at is null) = (fenced_by = '') and (told_at is null or fenced_at is not null))
);

-- One for each process of an edge: while one drains there are two.
create table edge_leases (
    id       uuid primary key,
    edge_id  uuid not null references edges on delete cascade,
    version  bigint not null default 0, -- newest of the routes that it has put in force, of this history
    history  text not null default '',
    heard_at timestamptz not null,      -- the lease is in force for a while from then on
    over_at  timestamptz                -- when it was said that the process serves no more; null: it may still
);
create index edge_leases_edge_idx on edge_leases (edge_id);
