with named as (
    select s.key_name, c.name as cell,
           -- What is being made may have no key yet, and what is being removed, or was kept aside after a restore, none any more.
           s.state in ('blank', 'taken')
               and not exists (select from operations o
                               where (o.storage_id = s.id or o.workspace_id = s.workspace_id) and o.part = ''
                                 and (o.state = 'undoing' or o.state in ('queued', 'running') and o.kind in ('delete', 'discard'))) as settled
    from storages s join cells c on c.id = s.cell_id
)
select pg_export_snapshot()::text,
       clock_timestamp(),
       (select version from public.schema_version)::integer,
       (select count(*) from workspaces where state <> 'deleted'),
       (select count(*) from operations where state in ('queued', 'running', 'undoing')),
       array(select key_name from named where cell = $1 and settled order by 1)::text[],
       array(select key_name from named where cell = $1 and not settled order by 1)::text[],
       array(select distinct cell from named where cell <> $1 order by 1)::text[],
       array(select distinct r.sha256 from releases r join workspaces w on w.release_id = r.id where w.state <> 'deleted')::text[]
