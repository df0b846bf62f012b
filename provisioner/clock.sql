-- name: MendClock :execrows
-- Times that lie further ahead than anybody sets them were written before the clock was put back. What was never postponed is due
-- since it was asked for.
update operations
set lease_until = case when lease_until > clock_timestamp() + interval '11 minutes' then clock_timestamp() else lease_until end,
    nudged_at = least(nudged_at, clock_timestamp()),
    due_at = case when (attempts > 0 or interruptions > 0) and due_at > clock_timestamp() + interval '11 minutes' or due_at = created_at then least(due_at, clock_timestamp())
        else due_at end
where state in ('queued', 'running', 'undoing')
  and (lease_until > clock_timestamp() + interval '11 minutes'
       or nudged_at > clock_timestamp() + interval '1 minute'
       or (attempts > 0 or interruptions > 0) and due_at > clock_timestamp() + interval '11 minutes'
       or due_at = created_at and due_at > clock_timestamp() + interval '1 minute');
