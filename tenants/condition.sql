-- name: NoteConditions :exec
-- An agent that was restarted knows how often an instance was, and no longer why.
update instances i
set condition = s.condition, restarts = s.restarts, ending = s.ending, last_exit = s.last_exit, condition_at = @now::timestamptz
from (
    select u.id, u.condition, u.restarts, case when u.restarts = 0 then '' when u.ending = '' then o.ending else u.ending end as ending,
           case when u.restarts = 0 then '' when u.ending = '' then o.last_exit else u.last_exit end as last_exit
    from (select unnest(@ids::uuid[]) as id, unnest(@conditions::text[]) as condition, unnest(@restarts::integer[]) as restarts,
                 unnest(@endings::text[]) as ending, unnest(@last_exits::text[]) as last_exit) u
    join instances o on o.id = u.id
) s
where i.id = s.id and i.cell_id = @cell_id and i.state <> 'removed'
  and (i.condition, i.restarts, i.ending, i.last_exit) is distinct from (s.condition, s.restarts, s.ending, s.last_exit);

-- name: Conditions :many
select distinct on (workspace_id) workspace_id, condition, restarts, ending, last_exit, condition_at
from instances
where workspace_id = any(@workspaces::uuid[]) and state not in ('resting', 'removed') and condition_at is not null
order by workspace_id, condition_at desc;
