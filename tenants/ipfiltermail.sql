-- name: AddIPFilterMail :exec
insert into ip_filter_mails (id, workspace_id, version, person_id, created_at) values (@id, @workspace_id, @version, @person_id, @now::timestamptz);

-- name: GetIPFilterMail :one
-- Whoever lost the role since is not told.
select sqlc.embed(w), m.version, p.email, t.name as tenant
from ip_filter_mails m
join workspaces w on w.id = m.workspace_id
join tenants t on t.id = w.tenant_id
join persons p on p.id = m.person_id
join members r on r.tenant_id = w.tenant_id and r.person_id = m.person_id
where m.id = @id and r.role = any(@roles::text[]);

-- name: ForgetIPFilterMail :exec
delete from ip_filter_mails where id = @id;

-- name: ForgetIPFilterMails :exec
delete from ip_filter_mails where created_at < @before::timestamptz;
