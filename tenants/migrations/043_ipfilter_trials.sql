-- An IP filter that is in force until somebody confirms it, or the time is over and the version back_to comes back; 0: that of before any
-- was set. A version that is not the newest is not tried any more: the version of Longhouse before ends no trial by a save.
create table ip_filter_trials (
    workspace_id uuid primary key,
    version      bigint not null,
    back_to      bigint not null,
    ends_at      timestamptz not null,
    constraint ip_filter_trials_filter foreign key (workspace_id, version) references ip_filters on delete cascade
);
create index ip_filter_trials_ends on ip_filter_trials (ends_at);

-- How many requests each rule has let in, as the edges say. Rules that a filter has no more are left out with its next version.
create table ip_rule_hits (
    workspace_id uuid not null references workspaces,
    rule_id      uuid not null,
    hits         bigint not null,
    last_at      timestamptz not null,
    primary key (workspace_id, rule_id)
);

-- Addresses that the edges have denied: the last 100 of each workspace, for 30 days.
create table ip_denials (
    workspace_id uuid not null references workspaces,
    address      inet not null,
    requests     bigint not null,
    last_at      timestamptz not null,
    primary key (workspace_id, address)
);
create index ip_denials_last on ip_denials (last_at);
