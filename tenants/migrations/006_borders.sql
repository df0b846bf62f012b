-- What the canaries met last at each border of each cell.
create table borders (
    cell_id  uuid not null references cells,
    border   text not null constraint borders_border_check
             check (border in ('database', 'bucket', 'socket', 'file', 'process', 'network')),
    outcome  text not null constraint borders_outcome_check check (outcome in ('held', 'crossed', 'unclear')),
    detail   text not null,
    tries    bigint not null,
    since    timestamptz not null,
    tried_at timestamptz not null,
    primary key (cell_id, border)
);
