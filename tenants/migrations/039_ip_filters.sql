-- From where workspaces may be reached: every version that there was, the newest in force. routes.policy_version is that one, so that an
-- edge gets both at once. let_in is what edges are told of the rules: all routes are read at once, and rules say much that no edge needs.
-- It is kept as the text that it is sent as.
create table ip_filters (
    workspace_id uuid not null references workspaces,
    version      bigint not null constraint ip_filters_version_check check (version > 0),
    open         boolean not null,
    rules        jsonb not null,
    let_in       json not null,
    added        integer not null,
    removed      integer not null,
    changed      integer not null,
    forced       boolean not null,
    changed_by   text not null,
    reason       text not null,
    changed_at   timestamptz not null,
    primary key (workspace_id, version)
);
create trigger ip_filters_kept before update on ip_filters for each statement execute function keep_as_written();

-- Mails that tell those who may set a filter that somebody has: one for each of them, until it is sent.
create table ip_filter_mails (
    id           uuid primary key,
    workspace_id uuid not null,
    version      bigint not null,
    person_id    uuid not null references persons,
    created_at   timestamptz not null,
    constraint ip_filter_mails_filter foreign key (workspace_id, version) references ip_filters
);
create index ip_filter_mails_workspace on ip_filter_mails (workspace_id);
