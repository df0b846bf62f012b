-- Who: persons, operators, tenants, members, and how they prove who they are.

create table persons (
    id                 uuid primary key,
    email              text not null constraint persons_email_lower check (email = lower(email)),
    name               text not null,
    password_hash      text not null,
    email_confirmed_at timestamptz,
    created_at         timestamptz not null,
    constraint persons_email_key unique (email)
);

create table operators (
    id         uuid primary key,
    name       text not null constraint operators_name_key unique,
    created_at timestamptz not null
);

create table tenants (
    id         uuid primary key,
    name       text not null,
    plan       text not null constraint tenants_plan_check check (plan in ('free', 'professional', 'enterprise')),
    created_at timestamptz not null
);

create table members (
    tenant_id  uuid not null references tenants,
    person_id  uuid not null references persons,
    role       text not null constraint members_role_check
               check (role in ('owner', 'admin', 'billing', 'security', 'auditor')),
    created_at timestamptz not null,
    primary key (tenant_id, person_id)
);
create index members_person on members (person_id);

-- A secret is stored as its SHA-256: it has 256 random bits, so nothing slower is needed.
create table sessions (
    id         uuid primary key,
    person_id  uuid not null references persons,
    token_hash bytea not null constraint sessions_token_key unique,
    user_agent text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_person on sessions (person_id);

create table api_tokens (
    id           uuid primary key,
    name         text not null,
    person_id    uuid references persons,
    tenant_id    uuid references tenants,
    operator_id  uuid references operators,
    scopes       text[] not null,
    token_hash   bytea not null constraint api_tokens_token_key unique,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    constraint api_tokens_principal check (
        (person_id is not null and tenant_id is not null and operator_id is null)
        or (person_id is null and tenant_id is null and operator_id is not null))
);
create index api_tokens_tenant on api_tokens (tenant_id);

create table confirmations (
    token_hash bytea primary key,
    person_id  uuid not null references persons,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);

-- Where: regions, cells, and the releases that workspaces run.

create table regions (
    id         text primary key constraint regions_id_check check (id ~ '^[a-z][a-z0-9-]{0,30}$'),
    name       text not null,
    created_at timestamptz not null
);

create table cells (
    id         uuid primary key,
    region_id  text not null references regions,
    name       text not null constraint cells_name_key unique,
    kind       text not null constraint cells_kind_check check (kind in ('local', 'kubernetes', 'aws')),
    state      text not null constraint cells_state_check check (state in ('ready', 'draining', 'closed')),
    outputs    jsonb not null,
    next_uid   integer not null constraint cells_next_uid_check check (next_uid >= 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table releases (
    id         uuid primary key,
    engine     text not null constraint releases_engine_check check (engine in ('longhouse', 'mattermost')),
    version    text not null,
    channel    text not null constraint releases_channel_check check (channel in ('stable', 'beta')),
    sha256     text not null constraint releases_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
    path       text not null,
    created_at timestamptz not null,
    constraint releases_artefact_key unique (engine, sha256)
);

-- What: workspaces, what they keep their data in, what runs, and where the edge finds it.

create table workspaces (
    id          uuid primary key,
    tenant_id   uuid not null references tenants,
    region_id   text not null references regions,
    cell_id     uuid not null references cells,
    release_id  uuid not null references releases,
    name        text not null,
    slug        text not null,
    state       text not null constraint workspaces_state_check
                check (state in ('provisioning', 'running', 'stopping', 'stopped', 'starting', 'deleting', 'deleted')),
    admin_email text not null,
    admin_user  text,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    constraint workspaces_deleted_at check ((state = 'deleted') = (deleted_at is not null))
);
create index workspaces_tenant on workspaces (tenant_id, id);
create index workspaces_cell on workspaces (cell_id) where state <> 'deleted';

create table slugs (
    base_domain  text not null,
    slug         text not null constraint slugs_slug_check check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    workspace_id uuid not null references workspaces,
    state        text not null constraint slugs_state_check check (state in ('current', 'redirect', 'held')),
    held_until   timestamptz,
    created_at   timestamptz not null,
    primary key (base_domain, slug),
    constraint slugs_held_until check ((state = 'held') = (held_until is not null))
);
create index slugs_workspace on slugs (workspace_id);

create table storages (
    id             uuid primary key,
    cell_id        uuid not null references cells,
    workspace_id   uuid references workspaces constraint storages_workspace_key unique,
    state          text not null constraint storages_state_check check (state in ('making', 'blank', 'taken', 'removing')),
    database_name  text not null,
    role_name      text not null,
    files_bucket   text not null,
    exports_bucket text not null,
    files_access   text not null,
    exports_access text not null,
    key_name       text not null,
    secrets        bytea not null,
    release_id     uuid not null references releases,
    created_at     timestamptz not null,
    constraint storages_taken check ((state = 'taken') <= (workspace_id is not null)),
    constraint storages_blank check (state <> 'blank' or workspace_id is null)
);
create index storages_blank_ones on storages (cell_id, id) where state = 'blank';

create table instances (
    id           uuid primary key,
    workspace_id uuid not null references workspaces,
    cell_id      uuid not null references cells,
    release_id   uuid not null references releases,
    uid          integer not null,
    epoch        bigint not null,
    state        text not null constraint instances_state_check check (state in ('starting', 'ready', 'removed')),
    address      text not null,
    admin        text not null,
    created_at   timestamptz not null,
    removed_at   timestamptz
);
create index instances_workspace on instances (workspace_id) where state <> 'removed';
create unique index instances_uid on instances (cell_id, uid) where state <> 'removed';

-- What is done: operations, their steps, and what they were asked by.

create table operations (
    id           uuid primary key,
    kind         text not null constraint operations_kind_check
                 check (kind in ('prepare', 'provision', 'start', 'stop', 'delete')),
    state        text not null constraint operations_state_check
                 check (state in ('queued', 'running', 'undoing', 'succeeded', 'undone')),
    cell_id      uuid not null references cells,
    tenant_id    uuid references tenants,
    workspace_id uuid references workspaces,
    storage_id   uuid,
    args         jsonb not null,
    requested_by text not null,
    reason       text not null,
    message      text not null,
    step         text not null default '',
    attempts     integer not null default 0,
    due_at       timestamptz not null,
    nudged_at    timestamptz not null,
    lease_owner  text,
    lease_until  timestamptz,
    epoch        bigint not null default 0,
    created_at   timestamptz not null,
    started_at   timestamptz,
    finished_at  timestamptz,
    constraint operations_finished check ((state in ('succeeded', 'undone')) = (finished_at is not null))
);
create unique index operations_one_per_workspace on operations (workspace_id)
    where state in ('queued', 'running', 'undoing');
create index operations_open on operations (due_at) where state in ('queued', 'running', 'undoing');
create index operations_tenant on operations (tenant_id, id);

create table operation_steps (
    operation_id uuid not null references operations,
    number       integer not null,
    name         text not null,
    state        text not null constraint operation_steps_state_check
                 check (state in ('waiting', 'running', 'done', 'undoing', 'undone')),
    attempts     integer not null default 0,
    message      text not null default '',
    started_at   timestamptz,
    finished_at  timestamptz,
    primary key (operation_id, number)
);

create table audit_events (
    id           uuid primary key,
    at           timestamptz not null,
    tenant_id    uuid references tenants,
    actor        text not null,
    action       text not null,
    subject      text not null,
    request_id   text not null,
    details      jsonb not null
);
create index audit_events_tenant on audit_events (tenant_id, id);

create table idempotency_keys (
    principal    text not null,
    key          text not null,
    request_hash bytea not null,
    status       integer,
    answer       bytea,
    created_at   timestamptz not null,
    primary key (principal, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

-- What the edges know. One row counts the versions: whoever changes a route holds it until commit, so that versions
-- become visible in their order.

create table routes (
    workspace_id   uuid primary key references workspaces,
    version        bigint not null constraint routes_version_key unique,
    hosts          text[] not null,
    state          text not null constraint routes_state_check check (state in ('serving', 'stopped', 'gone')),
    address        text not null,
    message        text not null,
    policy_version bigint not null default 0,
    updated_at     timestamptz not null
);

create table route_clock (
    one     boolean primary key default true constraint route_clock_one check (one),
    version bigint not null
);
insert into route_clock (version) values (0);
