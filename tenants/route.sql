-- name: TickRouteClock :one
update route_clock set version = version + 1 returning version;

-- name: SetRoute :exec
insert into routes (workspace_id, version, hosts, state, address, message, updated_at)
values (@workspace_id, @version, @hosts, @state, @address, @message, @now)
on conflict (workspace_id) do update
    set version = excluded.version, hosts = excluded.hosts, state = excluded.state, address = excluded.address,
        message = excluded.message, updated_at = excluded.updated_at;

-- name: ListRoutes :many
select * from routes where version > @since order by version;

-- name: RouteVersion :one
select version from route_clock;

-- name: NotifyRoutes :exec
select pg_notify('routes', '');

-- name: ListenRoutes :exec
listen routes;
