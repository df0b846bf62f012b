-- How much of what a cell has, and how much of it is used. What an operator declares wins over what is measured.
create table cell_capacity (
    cell_id     uuid not null references cells,
    dimension   text not null constraint cell_capacity_dimension_check
                check (dimension in ('workspaces', 'database_bytes', 'disk_bytes', 'connections', 'memory_bytes')),
    declared    bigint constraint cell_capacity_declared_check check (declared >= 0),
    measured    bigint constraint cell_capacity_measured_check check (measured >= 0),
    used        bigint constraint cell_capacity_used_check check (used >= 0),
    measured_at timestamptz,
    primary key (cell_id, dimension)
);

-- The most that was used of it on a day, for a forecast of when it will be full.
create table cell_samples (
    cell_id   uuid not null references cells,
    dimension text not null constraint cell_samples_dimension_check
              check (dimension in ('workspaces', 'database_bytes', 'disk_bytes', 'connections', 'memory_bytes')),
    day       date not null,
    used      bigint not null,
    primary key (cell_id, dimension, day)
);
