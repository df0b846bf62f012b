-- name: AddBreakGlassWish :exec
insert into break_glass_wishes (id, email, host, asked_from, asked_at) values (@id, @email, @host, @asked_from, @now::timestamptz);

-- name: TakeBreakGlassWish :one
delete from break_glass_wishes where id = @id returning *;

-- name: ForgetBreakGlassWishes :exec
delete from break_glass_wishes where asked_at < @before::timestamptz;

-- name: ClosedWorkspaces :many
-- Those of a person that let in only whom a rule names: all of them, or the one that is named.
select w.id from workspaces w
join members m on m.tenant_id = w.tenant_id and m.person_id = @person_id
where m.role = any(@roles::text[])
  and w.state <> all(@out_of_service::text[])
  and (@host::text = '' or w.slug = @slug::text
       or exists (select from domains d where d.workspace_id = w.id and d.name = @host and d.state in ('verified', 'issuing', 'serving', 'failing')))
  and not coalesce((select f.open from ip_filters f where f.workspace_id = w.id order by f.version desc limit 1), true)
order by w.id
limit @most;

-- name: CountBreakGlass :one
-- How many links were asked for in the same way since a time, and when the first of them was. A time to come is one of a clock that was put back.
select count(*) filter (where l.person_id = @person_id and not l.refused) as of_person,
       count(*) filter (where l.workspace_id = @workspace_id and not l.refused) as of_workspace,
       coalesce(min(l.asked_at) filter (where l.person_id = @person_id and not l.refused), @now::timestamptz)::timestamptz as first_of_person,
       coalesce(min(l.asked_at) filter (where l.workspace_id = @workspace_id and not l.refused), @now::timestamptz)::timestamptz as first_of_workspace,
       coalesce(bool_or(l.refused and l.person_id = @person_id and l.workspace_id = @workspace_id), false)::boolean as refused
from break_glass_links l
where (l.person_id = @person_id or l.workspace_id = @workspace_id) and l.by_email = @by_email
  and l.asked_at > @since::timestamptz and l.asked_at <= @now::timestamptz;

-- name: AddBreakGlass :exec
insert into break_glass_links (id, workspace_id, person_id, proof, by_email, asked_by, asked_from, asked_at, ends_at, reason, refused)
select @id, @workspace_id, p.id, sha256(convert_to(p.email || ' ' || p.password_hash, 'UTF8')), @by_email, @asked_by, @asked_from, @now::timestamptz, @ends_at, @reason, @refused
from persons p where p.id = @person_id;

-- name: GetBreakGlass :one
-- By its id, or by the secret of the link.
select sqlc.embed(l), sqlc.embed(w), p.email, t.name as tenant, coalesce(m.role, '')::text as role,
       (l.proof = sha256(convert_to(p.email || ' ' || p.password_hash, 'UTF8')))::boolean as same_person
from break_glass_links l
join workspaces w on w.id = l.workspace_id
join tenants t on t.id = w.tenant_id
join persons p on p.id = l.person_id
left join members m on m.tenant_id = w.tenant_id and m.person_id = l.person_id
where l.id = sqlc.narg(id)::uuid or l.secret_hash = sqlc.narg(secret_hash)::bytea;

-- name: LockBreakGlass :exec
select from break_glass_links where id = @id for update;

-- name: SetBreakGlassSecret :execrows
update break_glass_links set secret_hash = @secret_hash where id = @id and used_at is null and ends_at > @now::timestamptz;

-- name: AskBreakGlassCode :exec
update break_glass_links set codes = codes + 1 where id = @id;

-- name: SetBreakGlassCode :execrows
update break_glass_links set code_hash = @code_hash, code_ends_at = @code_ends_at where id = @id and used_at is null and ends_at > @now::timestamptz;

-- name: NoteWrongBreakGlassCode :exec
update break_glass_links set tries = tries + 1 where id = @id;

-- name: EndBreakGlass :exec
update break_glass_links set used_at = @now::timestamptz, code_hash = null where id = @id;

-- name: RevokeBreakGlass :exec
-- A link that was not mailed yet is not either.
update break_glass_links l set secret_hash = null, ends_at = least(l.ends_at, @now::timestamptz)
from workspaces w
where w.id = l.workspace_id and w.tenant_id = @tenant_id and l.person_id = @person_id and l.used_at is null;

-- name: ForgetBreakGlass :exec
delete from break_glass_links where asked_at < @before::timestamptz;

-- name: ForgetBreakGlassOf :exec
delete from break_glass_links where workspace_id = @workspace_id;

-- name: MendBreakGlass :execrows
-- A link that would be good for longer than any is over.
update break_glass_links
set ends_at = least(ends_at, clock_timestamp()), code_ends_at = least(code_ends_at, clock_timestamp())
where greatest(ends_at, code_ends_at) > clock_timestamp() + make_interval(secs => @lasts::float8) + interval '1 minute';
