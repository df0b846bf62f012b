-- name: InsertIncomingHook :one
insert into incoming_hooks (id, create_at, update_at, user_id, channel_id, team_id, display_name, description, username, icon_url, channel_locked)
select @id, @now, @now, @user_id, @channel_id, @team_id, @display_name, @description, @username, @icon_url, @channel_locked
where (select count(*) from incoming_hooks) < @most::bigint
returning *;

-- name: IncomingHook :one
select * from incoming_hooks where id = @id;

-- name: IncomingHooks :many
-- Of one team, or of all; of one user, or of everybody.
select * from incoming_hooks h
where (@team_id::uuid is null or h.team_id = @team_id) and (@user_id::uuid is null or h.user_id = @user_id)
order by h.display_name, h.id limit @max_rows offset @skip;

-- name: CountIncomingHooks :one
select count(*) from incoming_hooks h
where (@team_id::uuid is null or h.team_id = @team_id) and (@user_id::uuid is null or h.user_id = @user_id);

-- name: UpdateIncomingHook :one
update incoming_hooks set update_at = greatest(@now, update_at + 1), channel_id = @channel_id, display_name = @display_name,
    description = @description, username = @username, icon_url = @icon_url, channel_locked = @channel_locked
where id = @id returning *;

-- name: DeleteIncomingHook :execrows
delete from incoming_hooks where id = @id;

-- name: NoteHookUsed :exec
-- To the hour: it is there so that hooks that nobody uses can be told.
update incoming_hooks set last_used = @now where id = @id and last_used < @before;
