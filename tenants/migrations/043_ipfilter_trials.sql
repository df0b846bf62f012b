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
