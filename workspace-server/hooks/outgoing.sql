-- name: InsertOutgoingHook :one
insert into outgoing_hooks (id, token, create_at, update_at, creator_id, team_id, channel_id, trigger_words, trigger_when, callback_urls,
    display_name, description, content_type, username, icon_url)
select @id, @token, @now, @now, @creator_id, @team_id, @channel_id, @trigger_words, @trigger_when, @callback_urls,
    @display_name, @description, @content_type, @username, @icon_url
where (select count(*) from outgoing_hooks) < @most::bigint
returning *;

-- name: OutgoingHook :one
select * from outgoing_hooks where id = @id;

-- name: OutgoingHooks :many
-- Of one team, or of all; of one channel, or of any; of one user, or of everybody.
select * from outgoing_hooks h
where (@team_id::uuid is null or h.team_id = @team_id) and (@channel_id::uuid is null or h.channel_id = @channel_id)
  and (@creator_id::uuid is null or h.creator_id = @creator_id)
order by h.display_name, h.id limit @max_rows offset @skip;

-- name: AllOutgoingHooks :many
select * from outgoing_hooks order by id;

-- name: UpdateOutgoingHook :one
update outgoing_hooks set update_at = greatest(@now, update_at + 1), channel_id = @channel_id, trigger_words = @trigger_words,
    trigger_when = @trigger_when, callback_urls = @callback_urls, display_name = @display_name, description = @description,
    content_type = @content_type, username = @username, icon_url = @icon_url
where id = @id returning *;

-- name: RenewOutgoingHook :one
update outgoing_hooks set update_at = greatest(@now, update_at + 1), token = @token where id = @id returning *;

-- name: DeleteOutgoingHook :execrows
delete from outgoing_hooks where id = @id;
