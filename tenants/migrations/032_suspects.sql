-- An operation is suspect whose worker died in an attempt, until it survives one.
alter table operations add column suspect boolean not null default false;

create index operations_suspect on operations (coalesce(tenant_id::text, kind)) where suspect and state in ('queued', 'running', 'undoing');
