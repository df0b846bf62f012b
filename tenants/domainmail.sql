-- name: AddDomainMail :exec
insert into domain_mails (id, domain_id, person_id, news, created_at) values (@id, @domain_id, @person_id, @news, @now::timestamptz);

-- name: GetDomainMail :one
-- Whoever lost the role since is not told.
select sqlc.embed(d), m.news, p.email, t.name as tenant, w.name as workspace, w.slug
from domain_mails m
join domains d on d.id = m.domain_id
join workspaces w on w.id = d.workspace_id
join tenants t on t.id = w.tenant_id
join persons p on p.id = m.person_id
join members r on r.tenant_id = w.tenant_id and r.person_id = m.person_id
where m.id = @id and r.role = any(@roles::text[]);

-- name: ForgetDomainMail :exec
delete from domain_mails where id = @id;

-- name: ForgetDomainMails :exec
delete from domain_mails where created_at < @before::timestamptz;
