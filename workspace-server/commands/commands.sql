-- name: InsertCommand :one
insert into commands (id, token, create_at, update_at, creator_id, team_id, trigger, method, username, icon_url, auto_complete, auto_complete_desc,
    auto_complete_hint, display_name, description, url)
select @id, @token, @now, @now, @creator_id, @team_id, @trigger, @method, @username, @icon_url, @auto_complete, @auto_complete_desc,
    @auto_complete_hint, @display_name, @description, @url
where (select count(*) from commands) < @most::bigint
returning *;

-- name: Command :one
select * from commands where id = @id;

-- name: CommandByTrigger :one
select * from commands where team_id = @team_id and trigger = @trigger;

-- name: CommandsOfTeam :many
-- Of one user, or of everybody.
select * from commands c where c.team_id = @team_id and (@creator_id::uuid is null or c.creator_id = @creator_id) order by c.trigger;

-- name: UpdateCommand :one
update commands set update_at = greatest(@now, update_at + 1), trigger = @trigger, method = @method, username = @username, icon_url = @icon_url,
    auto_complete = @auto_complete, auto_complete_desc = @auto_complete_desc, auto_complete_hint = @auto_complete_hint, display_name = @display_name,
    description = @description, url = @url
where id = @id returning *;

-- name: RenewCommand :one
update commands set update_at = greatest(@now, update_at + 1), token = @token where id = @id returning *;

-- name: MoveCommand :execrows
update commands set update_at = greatest(@now, update_at + 1), team_id = @team_id where id = @id;

-- name: DeleteCommand :execrows
delete from commands where id = @id;

-- name: InsertCommandReply :exec
insert into command_replies (id, command_id, user_id, channel_id, root_id, create_at) values (@id, @command_id, @user_id, @channel_id, @root_id, @create_at);

-- name: UseCommandReply :one
update command_replies set uses = uses + 1 where id = @id and uses < @most and create_at > @since returning *;

-- name: DeleteOldCommandReplies :exec
delete from command_replies where create_at <= @before;
