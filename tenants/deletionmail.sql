-- name: AddDeletionMail :exec
insert into deletion_mails (id, workspace_id, person_id, tells, wanted_by, delete_at, created_at)
values (@id, @workspace_id, @person_id, @tells, @wanted_by, @delete_at, @now::timestamptz);

-- name: GetDeletionMail :one
-- Whoever lost the role since is not told, and nobody of a date that is another one by now, or is being taken back.
select sqlc.embed(w), m.tells, m.wanted_by, m.delete_at, p.email, t.name as tenant
from deletion_mails m
join workspaces w on w.id = m.workspace_id
join tenants t on t.id = w.tenant_id
join persons p on p.id = m.person_id
join members r on r.tenant_id = w.tenant_id and r.person_id = m.person_id
where m.id = @id and r.role = any(@roles::text[])
  and (m.tells = 'taken_back' or w.delete_at = m.delete_at
       and not exists (select from operations o where o.workspace_id = w.id and o.kind = 'retire' and o.state = 'undoing'))
  and (m.tells <> 'soon' or w.state = 'deleting');

-- name: ForgetDeletionMail :exec
delete from deletion_mails where id = @id;

-- name: ForgetDeletionMails :exec
delete from deletion_mails where created_at < @before::timestamptz;

-- name: DeletionsToRemindOf :many
-- Where there was more time than that when the date was set: who had less was told just then.
select w.id, w.tenant_id, d.asked_by, w.delete_at
from workspaces w join deletions d on d.workspace_id = w.id
where w.state = 'deleting' and w.delete_at > @now::timestamptz and w.delete_at <= @until::timestamptz
  and d.asked_at < w.delete_at - make_interval(secs => @seconds)
  and d.reminded_of is distinct from w.delete_at
order by w.delete_at
limit 100;

-- name: NoteReminded :execrows
-- Nobody was faster.
update deletions set reminded_of = @delete_at where workspace_id = @workspace_id and reminded_of is distinct from @delete_at;

-- name: EmailOfPrincipal :one
-- A person's, or that of who made an API token.
select p.email from persons p where p.id = @id
union all
select p.email from api_tokens t join persons p on p.id = t.person_id where t.id = @id
limit 1;
