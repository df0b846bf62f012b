-- name: WhoIsWarned :many
select m.person_id from members m join persons p on p.id = m.person_id
where m.tenant_id = @tenant_id and m.role = any(@roles::text[]) and p.email_confirmed_at is not null
order by m.person_id;

-- name: AddWebhookWarning :exec
insert into webhook_warnings (id, webhook_id, person_id, failing_since, created_at)
values (@id, @webhook_id, @person_id, @failing_since, @now::timestamptz);

-- name: GetWebhookWarning :one
-- Whoever lost the role since is not told, and a webhook that was enabled again needs no warning.
select sqlc.embed(h), p.email, t.name as tenant, w.failing_since
from webhook_warnings w
join webhooks h on h.id = w.webhook_id
join tenants t on t.id = h.tenant_id
join persons p on p.id = w.person_id
join members m on m.tenant_id = h.tenant_id and m.person_id = w.person_id
where w.id = @id and m.role = any(@roles::text[]) and not h.enabled;

-- name: ForgetWebhookWarning :exec
delete from webhook_warnings where id = @id;

-- name: ForgetWebhookWarnings :exec
delete from webhook_warnings where created_at < @before::timestamptz;
