-- Workspaces that hibernate, as far as the control plane and its edges know: nothing of them is in a cell.
with tenant as (
    insert into tenants (id, name, plan, created_at) values (gen_random_uuid(), 'generated', 'enterprise', now()) returning id
), made as (
    insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at, hibernated_at)
    select gen_random_uuid(), t.id, w.region_id, w.cell_id, w.release_id, 'Generated ' || n, 'generated-' || n, 'hibernated', w.admin_email, now(), now(), now()
    from tenant t cross join (select * from workspaces where state <> 'deleted' limit 1) w cross join generate_series(1, $1::int) n
    returning id, slug
), held as (
    insert into slugs (base_domain, slug, workspace_id, state, created_at)
    select $2, m.slug, m.id, 'current', now() from made m
), clock as (
    update route_clock set version = version + $1::int returning version
)
insert into routes (workspace_id, version, hosts, state, address, message, updated_at)
select m.id, c.version - $1::int + row_number() over (), array[m.slug || '.' || $2], 'asleep', '', '', now() from made m cross join clock c;
