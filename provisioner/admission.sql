-- name: LockAdmission :exec
-- Claims are decided one after the other, by whichever worker, so that no two of them take the same last place.
select pg_advisory_xact_lock(@lock::bigint);

-- name: OperationToAdmit :one
-- Somebody waits for each wake, and it is short: of a tenant they count among themselves alone, and have no pace. What has but a part of a workspace
-- for itself keeps back nobody who waits for more: it counts apart as well.
select o.kind, o.tenant_id, (o.state = 'undoing' and (o.started_at is null or o.part <> ''))::boolean as unbegun,
       (select count(*) from operations l where l.lease_until > clock_timestamp() and l.id <> o.id
           and l.tenant_id is not distinct from o.tenant_id and (l.kind = 'wake') = (o.kind = 'wake') and (l.part <> '') = (o.part <> '') and l.state in ('queued', 'running', 'undoing')) as of_tenant,
       (select count(*) from operations l where l.lease_until > clock_timestamp() and l.id <> o.id
           and l.kind = o.kind and l.state in ('queued', 'running', 'undoing')) as of_kind,
       (select count(*) from operations l where l.lease_until > clock_timestamp() and l.id <> o.id
           and l.cell_id = o.cell_id and l.state in ('queued', 'running', 'undoing')) as in_cell,
       (select count(*) from operations l where l.lease_until > clock_timestamp() and l.id <> o.id
           and l.kind = o.kind and l.cell_id = o.cell_id and l.state in ('queued', 'running', 'undoing')) as alike,
       case when o.started_at is null and o.kind <> 'wake' and o.part = '' then
           (select count(*) from operations b where b.tenant_id = o.tenant_id and b.kind <> 'wake' and b.part = ''
               and b.started_at > clock_timestamp() - make_interval(secs => @pace::float8)
               and b.started_at <= clock_timestamp()) -- or it was before the clock was put back
           else 0 end::bigint as begun
from operations o
where o.id = @id
  and o.state in ('queued', 'running', 'undoing')
  and o.kind = any(@kinds::text[])
  and o.cell_id = any(@cells::uuid[])
  and (o.lease_until is null or o.lease_until < clock_timestamp())
  and o.due_at <= clock_timestamp();

-- name: SayWaiting :exec
update operations set message = @message where id = @id and state = 'queued' and message <> @message;

-- name: NextOperations :many
-- What is due and has a place, of its tenant, of its kind and in its cell, first of those tenants that have the least going on. What its tenant's
-- pace keeps back would be refused, and takes no offer from others. What was cancelled before anybody began it needs no place, and what is taken
-- back of a part of a workspace, which is a moment's work that a deletion waits for. Suspects and
-- all others are offered to others each: however many suspects there are, they take no offer from what is none. Those of tenants alone are
-- what somebody waits for.
with limits as (
    select unnest(@kinds::text[]) as kind, unnest(@limits::bigint[]) as most
), open as (
    select id, kind, kind = 'wake' as wake, part <> '' as aside, tenant_id, due_at, cell_id, coalesce(lease_until > clock_timestamp(), false) as leased,
           started_at is null as waits, state = 'undoing' and (started_at is null or part <> '') as unbegun
    from operations where state in ('queued', 'running', 'undoing')
), of_tenant as (
    select tenant_id, wake, aside, count(*) as n from open where leased group by tenant_id, wake, aside
), of_kind as (
    select kind, count(*) as n from open where leased group by kind
), in_cell as (
    select cell_id, count(*) as n from open where leased group by cell_id
), alike as (
    select kind, cell_id, count(*) as n from open where leased group by kind, cell_id
), paced as (
    select t.tenant_id from (select distinct tenant_id from open where tenant_id is not null) t
    where (select count(*) from operations b where b.tenant_id = t.tenant_id and b.kind <> 'wake' and b.part = ''
               and b.started_at > clock_timestamp() - make_interval(secs => @pace::float8) and b.started_at <= clock_timestamp()) >= @begin_most::bigint
), due as (
    select o.id, o.kind, o.wake, o.aside, o.cell_id, o.due_at,
           exists (select from operations s where s.suspect and s.state in ('queued', 'running', 'undoing')
               and coalesce(s.tenant_id::text, s.kind) = coalesce(o.tenant_id::text, o.kind) and (s.part <> '') = o.aside) as suspect,
           case when o.unbegun then 0
                when o.tenant_id is null then 1
                else coalesce(t.n, 0) + row_number() over (partition by o.tenant_id, o.wake, o.aside order by o.due_at, o.id) end as place
    from open o left join of_tenant t on t.tenant_id = o.tenant_id and t.wake = o.wake and t.aside = o.aside
    where not o.leased and o.due_at <= clock_timestamp() and o.cell_id = any(@cells::uuid[])
      and (o.tenant_id is not null or not @of_tenants::bool)
      and (o.unbegun or not o.waits or o.wake or o.aside or not exists (select from paced p where p.tenant_id = o.tenant_id))
), fair as (
    select d.*, l.most,
           coalesce(a.n, 0) + row_number() over (partition by d.kind, d.cell_id, d.suspect order by d.place, d.due_at, d.id) as alike
    from due d join limits l on l.kind = d.kind left join alike a on a.kind = d.kind and a.cell_id = d.cell_id
    where d.place <= case when d.wake then @wakes_per_tenant::bigint when d.aside then @asides_per_tenant::bigint else @per_tenant::bigint end
), roomy as ( -- what its cell has no place for takes none of its kind
    select f.*, coalesce(c.n, 0) + row_number() over (partition by f.cell_id, f.suspect order by f.place, f.due_at, f.id) as in_cell
    from fair f left join in_cell c on c.cell_id = f.cell_id
    where f.alike <= f.most or f.place = 0
), ready as (
    select r.*, coalesce(k.n, 0) + row_number() over (partition by r.kind, r.suspect order by r.place, r.due_at, r.id) as of_kind
    from roomy r left join of_kind k on k.kind = r.kind
    where r.in_cell <= @per_cell::bigint or r.place = 0
), ranked as (
    select id, suspect, row_number() over (partition by suspect order by place, due_at, id) as rank from ready
    where of_kind <= @per_kind::bigint or place = 0
)
update operations o set nudged_at = clock_timestamp()
from ranked r
where o.id = r.id and r.rank <= @most::int and o.nudged_at < clock_timestamp() - make_interval(secs => @since::float8)
returning o.id, r.suspect;
