-- Mails that tell those who may change it that a webhook was given up: one for each of them, until it is sent.
create table webhook_warnings (
    id            uuid primary key,
    webhook_id    uuid not null references webhooks on delete cascade,
    person_id     uuid not null references persons,
    failing_since timestamptz not null,
    created_at    timestamptz not null
);
create index webhook_warnings_webhook on webhook_warnings (webhook_id);
