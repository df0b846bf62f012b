-- name: CellAmounts :many
select * from cell_capacity order by cell_id, dimension;

-- name: CellPlaces :many
-- What is there and on its way in each cell. A blank that is being asked for has no storage yet.
select c.id,
       (select count(*) from workspaces w where w.cell_id = c.id and w.state <> 'deleted') as workspaces,
       (select count(*) from workspaces w where w.cell_id = c.id and w.state = 'provisioning'
                                            and not exists (select from storages s where s.workspace_id = w.id)) as waiting,
       (select count(*) from storages s where s.cell_id = c.id and s.workspace_id is null and s.state in ('making', 'blank'))
         + (select count(*) from operations o
            where o.cell_id = c.id and o.kind = 'prepare' and o.storage_id is null and o.state in ('queued', 'running'))::bigint as blanks,
       (select count(*) from workspaces w where w.cell_id = c.id and w.state <> 'deleted' and w.created_at > m.at) as recent,
       (select count(*) from storages s where s.cell_id = c.id and s.workspace_id is null and s.state in ('making', 'blank') and s.created_at > m.at) as recent_blanks
from cells c
cross join lateral (select coalesce(max(k.measured_at), '-infinity')::timestamptz as at from cell_capacity k where k.cell_id = c.id) m
order by c.id;

-- name: CellSamples :many
select * from cell_samples where day > @since::date order by cell_id, dimension, day;

-- name: DeclareCapacity :exec
insert into cell_capacity (cell_id, dimension, declared) values (@cell_id, @dimension, @declared)
on conflict (cell_id, dimension) do update set declared = excluded.declared;

-- name: NoteCapacity :exec
insert into cell_capacity (cell_id, dimension, measured, used, measured_at) values (@cell_id, @dimension, sqlc.narg(measured), @used::bigint, @at::timestamptz)
on conflict (cell_id, dimension) do update set measured = excluded.measured, used = excluded.used, measured_at = excluded.measured_at;

-- name: NoteSample :exec
insert into cell_samples (cell_id, dimension, day, used) values (@cell_id, @dimension, @day::date, @used)
on conflict (cell_id, dimension, day) do update set used = greatest(cell_samples.used, excluded.used);

-- name: ForgetSamples :exec
delete from cell_samples where day < @before::date;
