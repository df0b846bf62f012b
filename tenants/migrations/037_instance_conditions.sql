-- What the workload engine sees of an instance, as a worker saw it last.
alter table instances
    add column condition    text not null default '' constraint instances_condition_check check (condition in ('', 'starting', 'running', 'backoff', 'stopping')),
    add column restarts     integer not null default 0, -- since it was last wanted otherwise
    add column ending       text not null default '' constraint instances_ending_check check (ending in ('', 'not_started', 'by_itself', 'out_of_memory', 'beyond_a_limit')),
    add column last_exit    text not null default '',   -- the same in the engine's words
    add column condition_at timestamptz;                -- since when all that is so; null: nobody has looked yet
