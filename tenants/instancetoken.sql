-- name: WorkspaceOfInstanceToken :one
-- Of a workspace that is out of service, or no more, the token opens nothing.
select w.id from instances i join workspaces w on w.id = i.workspace_id
where i.control_token_hash = @token_hash and i.state in ('starting', 'ready') and w.state = any(@states::text[]);
