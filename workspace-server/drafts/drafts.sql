-- name: PutDraft :one
insert into drafts (user_id, channel_id, root_id, create_at, update_at, message, type, props, priority, file_ids)
values (@user_id, @channel_id, @root_id, @now, @now, @message, @type, @props, @priority, coalesce(@file_ids::uuid[], '{}'))
on conflict on constraint drafts_unique do update set update_at = greatest(excluded.update_at, drafts.update_at + 1), message = excluded.message, type = excluded.type,
    props = excluded.props, priority = excluded.priority, file_ids = excluded.file_ids
returning *;

-- name: DeleteDraft :exec
delete from drafts where user_id = @user_id and channel_id = @channel_id and root_id is not distinct from @root_id;

-- name: DraftsOfUser :many
-- Those that can still become a post: in channels that the user is in, of a thread that is there.
select d.* from drafts d
join channels c on c.id = d.channel_id
join channel_members m on m.channel_id = d.channel_id and m.user_id = d.user_id
left join posts root on root.id = d.root_id
where d.user_id = @user_id and (c.team_id = @team_id or c.team_id is null) and c.delete_at = 0 and coalesce(root.delete_at, 0) = 0
order by d.update_at desc;

-- name: FilesToPost :many
-- Uploads of a user that no post has yet.
select * from files where id = any(@ids::uuid[]) and creator_id = @user_id and post_id is null and delete_at = 0;
