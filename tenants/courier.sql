-- name: ClaimWebhooks :many
update webhooks set lease_owner = @owner::text, lease_until = clock_timestamp() + make_interval(secs => @seconds::float8), epoch = epoch + 1
where id in (select w.id from webhooks w
             where w.due_at <= @now::timestamptz and w.slow = @slow::boolean and (w.lease_until is null or w.lease_until < clock_timestamp())
             order by w.due_at limit @most for update skip locked)
returning *;

-- name: FenceWebhook :one
select * from webhooks where id = @id and epoch = @epoch and lease_until > clock_timestamp() for update;

-- name: RenewWebhook :exec
update webhooks set lease_until = clock_timestamp() + make_interval(secs => @seconds::float8) where id = @id;

-- name: ReleaseWebhook :exec
-- It is behind all others that are due.
update webhooks set lease_owner = null, lease_until = null, due_at = greatest(due_at, @now::timestamptz) where id = @id and epoch = @epoch;

-- name: WebhookLeaseOwners :many
select distinct lease_owner::text from webhooks where lease_until > clock_timestamp();

-- name: FreeWebhooks :exec
update webhooks set lease_owner = null, lease_until = null where lease_owner = @owner::text;

-- name: NextDelivery :one
-- The first in the order in which they go out: tests before what waits for the endpoint to be well again.
select * from webhook_deliveries
where webhook_id = @webhook_id and state = 'waiting' and (test or @events::boolean)
order by test desc, position
limit 1;

-- name: SettleWebhook :exec
-- Nothing is to be done before due_at.
update webhooks set due_at = sqlc.narg(due_at), lease_owner = null, lease_until = null where id = @id;

-- name: AddAttempt :exec
insert into webhook_attempts (delivery_id, number, at, took_ms, outcome, status, message, answer)
values (@delivery_id, @number, @at, @took_ms, @outcome, @status, @message, @answer);

-- name: SetDelivery :exec
update webhook_deliveries set attempts = attempts + 1, state = case when state = 'waiting' then @state::text else state end,
    finished_at = case when state = 'waiting' then sqlc.narg(finished_at)::timestamptz else finished_at end
where id = @id;

-- name: WebhookSlow :exec
update webhooks set slow = @slow where id = @id and slow <> @slow;

-- name: WebhookWell :exec
update webhooks set failures = 0, failing_since = null, retry_at = null where id = @id;

-- name: WebhookFailed :exec
update webhooks set failures = @failures, failing_since = @since::timestamptz, retry_at = @retry_at::timestamptz where id = @id;

-- name: DisableWebhook :exec
update webhooks set enabled = false, disabled_reason = @reason, failures = 0, failing_since = null, retry_at = null, updated_at = @now::timestamptz
where id = @id;
