-- name: WebhooksBehind :many
-- Those whose tenants' chains go on behind their places, the nearest to their ends first.
select sqlc.embed(w), c.count from webhooks w join audit_chains c on c.chain = w.tenant_id
where w.enabled and w.place < c.count
order by c.count - w.place
limit @most
for update of w skip locked;

-- name: SealedAfter :many
select s.seq, s.hash, sqlc.embed(e) from audit_seals s join audit_events e on e.id = s.event_id
where s.chain = @chain and s.seq > @after
order by s.seq
limit @most;

-- name: AddDeliveries :exec
insert into webhook_deliveries (id, webhook_id, message, event, body, state, created_at)
select unnest(@ids::uuid[]), @webhook_id::uuid, unnest(@messages::text[]), unnest(@events::text[]), unnest(@bodies::bytea[]), 'waiting', @now::timestamptz;

-- name: SetWebhookPlace :exec
update webhooks set place = @place, due_at = case when @more::boolean then coalesce(due_at, retry_at, @now::timestamptz) else due_at end
where id = @id;

-- name: AddTestDelivery :one
insert into webhook_deliveries (id, webhook_id, message, event, body, test, state, created_at)
values (@id, @webhook_id, @message, @event, @body, true, 'waiting', @created_at)
returning *;

-- name: AddReplay :one
insert into webhook_deliveries (id, webhook_id, message, event, body, replay_of, state, created_at)
select @id, webhook_id, message, event, body, id, 'waiting', @created_at from webhook_deliveries d where d.id = @replay_of
returning *;

-- name: HastenWebhook :exec
update webhooks set due_at = least(due_at, @at::timestamptz) where id = @id;

-- name: ReplaceWaiting :exec
-- What comes from behind a place of the chain.
update webhook_deliveries set state = 'replaced', finished_at = @now::timestamptz
where webhook_id = @webhook_id and state = 'waiting' and not test and (convert_from(body, 'UTF8')::jsonb ->> 'place')::bigint > @place::bigint;

-- name: PlaceBefore :one
-- The last place of a chain before everything that happened at or after a time. What was committed late is behind events that
-- are younger, so that the youngest event before the time says nothing.
select coalesce((select min(s.seq - 1) from audit_seals s join audit_events e on e.id = s.event_id
                 where s.chain = @chain and e.tenant_id = @chain and e.at >= @since::timestamptz),
                (select c.count from audit_chains c where c.chain = @chain), 0)::bigint;

-- name: GetDelivery :one
select d.* from webhook_deliveries d join webhooks w on w.id = d.webhook_id
where d.id = @id and d.webhook_id = @webhook_id and w.tenant_id = @tenant_id;

-- name: ListDeliveries :many
select sqlc.embed(d), a.at as last_at, a.outcome as last_outcome, a.status as last_status, a.message as last_message
from webhook_deliveries d left join webhook_attempts a on a.delivery_id = d.id and a.number = d.attempts
where d.webhook_id = @webhook_id and d.id < @before and (@state::text = '' or d.state = @state)
order by d.id desc
limit @most;

-- name: ListAttempts :many
select * from webhook_attempts where delivery_id = @delivery_id order by number;

-- name: ForgetDeliveries :execrows
delete from webhook_deliveries where id in (select d.id from webhook_deliveries d where d.created_at < @before limit @most);

-- name: WebhookBacklog :one
-- What couriers have not got to. Who failed is not waited for until it may be tried again, and a webhook that one of them has in hand
-- waits for its receiver.
select (select count(*) from webhook_deliveries d join webhooks w on w.id = d.webhook_id
        where d.state = 'waiting' and (d.test or w.enabled and (w.retry_at is null or w.retry_at <= @now::timestamptz))) as due,
       (select coalesce(sum(c.count - w.place), 0) from webhooks w join audit_chains c on c.chain = w.tenant_id
        where w.enabled and w.place < c.count)::bigint as unwritten,
       coalesce((select min(w.due_at) from webhooks w where w.lease_until is null or clock_timestamp() > w.lease_until), @now::timestamptz)::timestamptz as due_since,
       coalesce((select min(e.at) from webhooks w join audit_seals s on s.chain = w.tenant_id and s.seq = w.place + 1
                 join audit_events e on e.id = s.event_id where w.enabled), @now::timestamptz)::timestamptz as unwritten_since;
