-- name: AddWorkspace :exec
insert into workspaces (id, tenant_id, region_id, cell_id, release_id, name, slug, state, admin_email, created_at, updated_at)
values (@id, @tenant_id, @region_id, @cell_id, @release_id, @name, @slug, @state, @admin_email, @created_at, @created_at);

-- name: CountWorkspaces :one
select count(*) from workspaces where tenant_id = @tenant_id and state <> 'deleted';

-- name: GetWorkspace :one
select * from workspaces where id = @id;

-- name: LockWorkspace :one
select * from workspaces where id = @id for update;

-- name: ListWorkspaces :many
select * from workspaces
where (@everywhere::boolean or tenant_id = any(@tenants::uuid[]))
  and (sqlc.narg(tenant_id)::uuid is null or tenant_id = sqlc.narg(tenant_id))
  and (sqlc.narg(slug)::text is null or slug = sqlc.narg(slug))
  and (@deleted::boolean or state <> 'deleted') and id < @before
order by id desc
limit @most;

-- name: SetWorkspaceState :exec
-- What there is to know of a hibernation ends where the workspace has an instance again, or shall have none.
update workspaces
set state = @state, updated_at = @now::timestamptz,
    deleted_at = case when @state = 'deleted' then @now::timestamptz end,
    hibernated_at = case when @state = 'hibernated' then coalesce(hibernated_at, @now::timestamptz)
                         when @state not in ('running', 'stopped', 'deleted') then hibernated_at end,
    wake_at = case when @state not in ('running', 'stopped', 'deleted') then wake_at end,
    wake_wanted_at = case when @state = 'hibernating' then wake_wanted_at end,
    idle_since = case when @state = 'running' then @now::timestamptz else idle_since end
where id = @id;

-- name: TakeSlug :execrows
insert into slugs (base_domain, slug, workspace_id, state, created_at)
values (@base_domain, @slug, @workspace_id, 'current', @now::timestamptz)
on conflict (base_domain, slug) do update
    set workspace_id = excluded.workspace_id, state = 'current', held_until = null, created_at = excluded.created_at
    where slugs.state = 'held' and slugs.held_until <= @certain::timestamptz;

-- name: SlugTaken :one
select exists (
    select from slugs
    where base_domain = @base_domain and slug = @slug and (held_until is null or held_until > @now::timestamptz)
);

-- name: HeldFor :one
-- Until when a slug is held that a workspace of the tenant had.
select s.held_until from slugs s join workspaces w on w.id = s.workspace_id
where s.base_domain = @base_domain and s.slug = @slug and s.state = 'held' and w.tenant_id = @tenant_id;

-- name: HoldSlugs :exec
update slugs set state = 'held', held_until = @held_until::timestamptz where workspace_id = @workspace_id;

-- name: FreeSlugs :exec
delete from slugs where workspace_id = @workspace_id;
