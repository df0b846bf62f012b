-- Which process serves the request that has a key, and that what it asked for is committed.
alter table idempotency_keys add column holder text not null default '', add column done_at timestamptz;
