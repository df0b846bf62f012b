-- name: LockFilteredWorkspace :one
-- Nobody else sets its filter, or moves it to another state, until this transaction is over. Whoever sets its first route goes on: they
-- hold the clock of routes, which this transaction waits for.
select * from workspaces where id = @id for no key update;

-- name: NewestIPFilter :one
select * from ip_filters where workspace_id = @workspace_id order by version desc limit 1;

-- name: GetIPFilter :one
select * from ip_filters where workspace_id = @workspace_id and version = @version;

-- name: ListIPFilters :many
select version, open, jsonb_array_length(rules)::integer as rules, added, removed, changed, forced, changed_by, reason, changed_at
from ip_filters where workspace_id = @workspace_id and version < @before
order by version desc
limit @most;

-- name: AddIPFilter :exec
insert into ip_filters (workspace_id, version, open, rules, let_in, exceptions, pass, added, removed, changed, forced, changed_by, reason, changed_at)
values (@workspace_id, @version, @open, @rules, @let_in, @exceptions, @pass, @added, @removed, @changed, @forced, @changed_by, @reason, @now::timestamptz);

-- name: SetRoutePolicy :exec
-- A workspace without a route gets one that leads nowhere: whoever sets its first route, Longhouse of the version before too, leaves the
-- policy's version as it is.
insert into routes (workspace_id, version, hosts, state, address, message, policy_version, updated_at)
values (@workspace_id, @version, '{}', 'gone', '', '', @policy_version, @now::timestamptz)
on conflict (workspace_id) do update
    set version = excluded.version, policy_version = excluded.policy_version, updated_at = excluded.updated_at;

-- name: VersionOfRoute :one
select coalesce((select r.version from routes r where r.workspace_id = @workspace_id), 0)::bigint as version;

-- name: ForgetIPFilters :exec
delete from ip_filters where workspace_id = @workspace_id;

-- name: ForgetIPFilterMailsOf :exec
delete from ip_filter_mails where workspace_id = @workspace_id;
