-- name: WantAwake :exec
update workspaces set wake_wanted_at = coalesce(wake_wanted_at, @now::timestamptz) where id = @id;

-- name: SetWakeAt :exec
update workspaces set wake_at = sqlc.narg(wake_at) where id = @id;

-- name: NoteWoken :exec
update workspaces set wakes = wakes + 1, last_wake_ms = @took::bigint, woken_at = @now::timestamptz, wake_why = @why where id = @id;

-- name: DueWakes :many
-- One that is always on may hibernate all the same, as where that was said of a stopped one, or its wake was taken back.
(select w.id, w.always_on from workspaces w where w.state = 'hibernated' and w.wake_at <= @until::timestamptz order by w.wake_at limit 100)
union
(select w.id, w.always_on from workspaces w where w.state = 'hibernated' and w.always_on and w.wake_at is null limit 100);
