-- name: GroupSuspect :one
-- Whose one operation is suspect, all are: which of them it was that killed the worker nobody knows. Those on parts of workspaces, which may take
-- hours, are a group of their own.
select exists (select from operations s where s.suspect and s.state in ('queued', 'running', 'undoing')
                   and coalesce(s.tenant_id::text, s.kind) = coalesce(o.tenant_id::text, o.kind) and (s.part <> '') = (o.part <> '')) as suspect,
       exists (select from operations l where l.id <> o.id and l.lease_until > clock_timestamp() and l.state in ('queued', 'running', 'undoing')
                   and coalesce(l.tenant_id::text, l.kind) = coalesce(o.tenant_id::text, o.kind) and (l.part <> '') = (o.part <> '')) as busy,
       (o.lease_until is not null)::boolean as held
from operations o where o.id = @id;

-- name: CellOfOperation :one
select cell_id, (part <> '')::boolean as aside from operations where id = @id;

-- name: ClearSuspect :exec
update operations set suspect = false where id = @id and suspect;
