-- How many operations of a tenant began lately.
create index operations_begun on operations (tenant_id, started_at);
