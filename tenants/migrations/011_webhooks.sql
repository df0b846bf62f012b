-- Where tenants want to be told what happens to them. The audit trail is the outbox: a webhook's place says how far of its
-- tenant's chain the deliveries are written down, so that whoever writes events pays nothing for those who are told of them.
create table webhooks (
    id              uuid primary key,
    tenant_id       uuid not null references tenants,
    url             text not null,
    description     text not null,
    events          text[] not null,
    enabled         boolean not null,
    disabled_reason text not null default '' constraint webhooks_disabled_reason_check check (disabled_reason in ('', 'asked', 'failing', 'gone')),
    secret          bytea not null,
    previous_secret bytea,
    previous_until  timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    place           bigint not null,
    due_at          timestamptz, -- when to look at it; null: nothing waits
    retry_at        timestamptz, -- what waits is not tried before
    failures        integer not null default 0,
    failing_since   timestamptz,
    lease_owner     text,
    lease_until     timestamptz,
    epoch           bigint not null default 0,
    constraint webhooks_disabled check (enabled = (disabled_reason = ''))
);
create index webhooks_tenant on webhooks (tenant_id, id);
create index webhooks_due on webhooks (due_at) where due_at is not null;

create table webhook_deliveries (
    id          uuid primary key,
    webhook_id  uuid not null references webhooks on delete cascade,
    position    bigint generated always as identity,
    message     text not null,
    event       text not null,
    body        bytea not null,
    test        boolean not null default false,
    replay_of   uuid,
    state       text not null constraint webhook_deliveries_state_check check (state in ('waiting', 'delivered', 'failed', 'replaced')),
    attempts    integer not null default 0,
    created_at  timestamptz not null,
    finished_at timestamptz,
    constraint webhook_deliveries_finished check ((state = 'waiting') = (finished_at is null))
);
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, test desc, position) where state = 'waiting';
create unique index webhook_deliveries_one_test on webhook_deliveries (webhook_id) where test and state = 'waiting';
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_created on webhook_deliveries (created_at);

create table webhook_attempts (
    delivery_id uuid not null references webhook_deliveries on delete cascade,
    number      integer not null,
    at          timestamptz not null,
    took_ms     integer not null,
    outcome     text not null constraint webhook_attempts_outcome_check
                check (outcome in ('acknowledged', 'refused', 'timed_out', 'unreachable', 'forbidden')),
    status      integer,
    message     text not null,
    answer      text not null,
    primary key (delivery_id, number)
);
