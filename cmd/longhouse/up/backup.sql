select pg_export_snapshot()::text,
       clock_timestamp(),
       (select version from public.schema_version)::integer,
       (select count(*) from workspaces where state <> 'deleted'),
       (select count(*) from operations where state in ('queued', 'running', 'undoing')),
       array(select key_name from storages order by key_name)::text[],
       array(select distinct r.sha256 from releases r join workspaces w on w.release_id = r.id where w.state <> 'deleted')::text[]
