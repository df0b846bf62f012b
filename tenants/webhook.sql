-- name: AddWebhook :one
-- It begins where the chain ends now.
insert into webhooks (id, tenant_id, url, description, events, enabled, disabled_reason, secret, created_at, updated_at, place)
select @id, @tenant_id, @url, @description, @events, @enabled, @disabled_reason, @secret, @created_at, @created_at,
       coalesce((select c.count from audit_chains c where c.chain = @tenant_id), 0)
returning *;

-- name: CountWebhooks :one
select count(*) from webhooks where tenant_id = @tenant_id;

-- name: GetWebhook :one
select * from webhooks where id = @id and tenant_id = @tenant_id;

-- name: LockWebhook :one
select * from webhooks where id = @id and tenant_id = @tenant_id for update;

-- name: ListWebhooks :many
select * from webhooks where tenant_id = @tenant_id and id < @before order by id desc limit @most;

-- name: SetWebhook :one
update webhooks set url = @url, description = @description, events = @events, enabled = @enabled, disabled_reason = @disabled_reason, updated_at = @now::timestamptz
where id = @id
returning *;

-- name: ForgetWebhookFailures :one
-- Another URL has failed at nothing yet. Whoever is about to deliver to the one before loses the lease.
update webhooks set failures = 0, failing_since = null, retry_at = null, slow = false, due_at = @now::timestamptz,
    lease_owner = null, lease_until = null, epoch = epoch + 1
where id = @id
returning *;

-- name: ResumeWebhook :one
-- It goes on where it stopped, with what is not older than what is kept.
update webhooks w set enabled = true, disabled_reason = '', failures = 0, failing_since = null, retry_at = null, due_at = @now::timestamptz,
    place = greatest(w.place, @before::bigint)
where w.id = @id
returning *;

-- name: SetWebhookSecret :one
update webhooks set secret = @secret, previous_secret = secret, previous_until = @until::timestamptz, updated_at = @now::timestamptz
where id = @id
returning *;

-- name: RemoveWebhook :execrows
delete from webhooks where id = @id and tenant_id = @tenant_id;
