-- name: TickRouteClock :one
update route_clock set version = version + 1 returning version;

-- name: SetRoute :exec
-- The version of the policy stays as it is: see SetRoutePolicy.
insert into routes (workspace_id, version, hosts, primary_host, state, address, message, updated_at)
values (@workspace_id, @version, @hosts, @primary_host, @state, @address, @message, @now)
on conflict (workspace_id) do update
    set version = excluded.version, hosts = excluded.hosts, primary_host = excluded.primary_host, state = excluded.state, address = excluded.address,
        message = excluded.message, updated_at = excluded.updated_at;

-- name: ListRoutes :many
-- With what of its filter concerns edges, where the route has one, and the plan of its tenant.
select sqlc.embed(r), (f.version is not null)::boolean as filtered, coalesce(f.open, false)::boolean as open, coalesce(f.let_in, '[]')::json as let_in, coalesce(f.pass, '[]')::json as pass, t.plan
from routes r join workspaces w on w.id = r.workspace_id join tenants t on t.id = w.tenant_id left join ip_filters f on f.workspace_id = r.workspace_id and f.version = r.policy_version
where r.version > @since order by r.version;

-- name: RouteVersion :one
-- Not the clock's, which a restore moves without a change: nobody would ever have it.
select coalesce(max(version), 0)::bigint as version from routes;

-- name: NotifyRoutes :exec
select pg_notify('routes', '');

-- name: ListenRoutes :exec
listen routes;

-- name: RoutesOfTenant :many
select r.workspace_id from routes r join workspaces w on w.id = r.workspace_id where w.tenant_id = @tenant_id and r.state <> 'gone' order by r.workspace_id;

-- name: RenewRoute :exec
update routes set version = @version, updated_at = @now::timestamptz where workspace_id = @workspace_id;
