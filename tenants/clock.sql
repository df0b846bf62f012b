-- name: LockClock :one
with locked as materialized (select * from clock for update)
select clock_timestamp()::timestamptz as now, seen_at, doubt_seconds, steady_seconds, leapt_at from locked;

-- name: SetClock :exec
update clock set seen_at = @seen_at, doubt_seconds = @doubt_seconds, steady_seconds = @steady_seconds, leapt_at = sqlc.narg(leapt_at);

-- name: ReadClock :one
select seen_at, doubt_seconds, steady_seconds, leapt_at from clock;

-- name: BeginClock :exec
update clock set seen_at = clock_timestamp(), doubt_seconds = 0, steady_seconds = 0, leapt_at = null;

-- name: CountHeldRemovals :one
-- Workspaces that would be removed if the clock were believed.
select count(*) from workspaces where state = 'deleting' and delete_at <= @now::timestamptz and delete_at > @certain::timestamptz;

-- name: MendOperations :execrows
-- What was never postponed is due since it was asked for.
update operations
set lease_until = case when lease_until > clock_timestamp() + interval '11 minutes' then clock_timestamp() else lease_until end,
    nudged_at = least(nudged_at, clock_timestamp()),
    created_at = least(created_at, clock_timestamp()),
    due_at = case when due_at = created_at then least(due_at, clock_timestamp())
                  when (attempts > 0 or interruptions > 0 or state <> 'queued') and due_at > clock_timestamp() + interval '11 minutes' then clock_timestamp()
                  when (attempts > 0 or interruptions > 0 or state <> 'queued') and due_at > clock_timestamp() then greatest(due_at - make_interval(secs => @back::float8), clock_timestamp())
                  else due_at end
where state in ('queued', 'running', 'undoing')
  and (lease_until > clock_timestamp() + interval '11 minutes'
       or nudged_at > clock_timestamp() + interval '1 minute'
       or created_at > clock_timestamp() + interval '1 minute'
       or (attempts > 0 or interruptions > 0 or state <> 'queued') and due_at > clock_timestamp() + interval '11 minutes'
       or @back > 0 and (attempts > 0 or interruptions > 0 or state <> 'queued') and due_at > clock_timestamp());

-- name: MendWebhooks :execrows
update webhooks
set lease_until = case when lease_until > clock_timestamp() + interval '1 minute' then clock_timestamp() else lease_until end,
    failing_since = least(failing_since, clock_timestamp()),
    due_at = case when due_at > clock_timestamp() then greatest(due_at - make_interval(secs => @back::float8), clock_timestamp()) else due_at end,
    retry_at = case when retry_at > clock_timestamp() then greatest(retry_at - make_interval(secs => @back::float8), clock_timestamp()) else retry_at end,
    previous_until = case when previous_until > clock_timestamp() then previous_until - make_interval(secs => @back::float8) else previous_until end
where lease_until > clock_timestamp() + interval '1 minute'
   or failing_since > clock_timestamp() + interval '1 minute'
   or @back > 0 and greatest(due_at, retry_at, previous_until) > clock_timestamp();

-- name: MendCellRuns :execrows
-- A plan that could be applied for longer than it is good would meet another cell than it was made for.
update cell_runs
set lease_until = case when lease_until > clock_timestamp() + interval '2 minutes' then clock_timestamp() else lease_until end,
    expires_at = case when expires_at > clock_timestamp() then expires_at - make_interval(secs => @back::float8) else expires_at end
where lease_until > clock_timestamp() + interval '2 minutes' or @back > 0 and expires_at > clock_timestamp();

-- name: MendSessions :execrows
update sessions set expires_at = clock_timestamp() + make_interval(secs => @lasts::float8)
where expires_at > clock_timestamp() + make_interval(secs => @lasts::float8) + interval '1 minute';

-- name: MendConfirmations :execrows
update confirmations set expires_at = clock_timestamp() + make_interval(secs => @lasts::float8)
where expires_at > clock_timestamp() + make_interval(secs => @lasts::float8) + interval '1 minute';

-- name: MendSlugs :execrows
update slugs set held_until = clock_timestamp() + make_interval(secs => @lasts::float8)
where held_until > clock_timestamp() + make_interval(secs => @lasts::float8) + interval '1 minute';

-- name: MendSamples :execrows
-- Days that have not come yet would bend every forecast.
delete from cell_samples where day > (clock_timestamp() at time zone 'UTC' + interval '1 day')::date;
