-- name: WantAwake :exec
update workspaces set wake_wanted_at = coalesce(wake_wanted_at, @now::timestamptz) where id = @id;

-- name: SetWakeAt :exec
update workspaces set wake_at = sqlc.narg(wake_at) where id = @id;

-- name: NoteWoken :exec
update workspaces set wakes = wakes + 1, last_wake_ms = @took::bigint where id = @id;

-- name: DueWakes :many
select w.id from workspaces w where w.state = 'hibernated' and w.wake_at <= @until::timestamptz order by w.wake_at limit 100;
