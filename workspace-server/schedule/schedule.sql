-- name: InsertScheduledPost :one
insert into scheduled_posts (id, user_id, channel_id, root_id, create_at, update_at, message, type, props, priority, file_ids, scheduled_at)
select @id, @user_id, @channel_id, @root_id, @now, @now, @message, @type, @props, @priority, coalesce(@file_ids::uuid[], '{}'), @scheduled_at
where (select count(*) from scheduled_posts s where s.user_id = @user_id) < @most::bigint
returning *;

-- name: UpdateScheduledPost :one
-- It is tried again, also where it could not be posted before.
update scheduled_posts set update_at = greatest(@now, update_at + 1), message = @message, props = @props, priority = @priority,
    file_ids = coalesce(@file_ids::uuid[], '{}'), scheduled_at = @scheduled_at, processed_at = 0, error_code = ''
where id = @id and user_id = @user_id returning *;

-- name: ScheduledPost :one
select * from scheduled_posts where id = @id;

-- name: DeleteScheduledPost :one
delete from scheduled_posts where id = @id and user_id = @user_id returning *;

-- name: TakeScheduledPost :one
-- As it was when it was found due: one that was changed or taken back since is not posted.
delete from scheduled_posts where id = @id and update_at = @update_at and processed_at = 0 returning *;

-- name: ScheduledPostsOfUser :many
-- In a team's channels, with whether each belongs to none, and so is a direct or group message.
select sqlc.embed(s), (c.team_id is null)::bool as direct from scheduled_posts s join channels c on c.id = s.channel_id
where s.user_id = @user_id and (c.team_id = @team_id or (c.team_id is null and @include_direct::bool))
order by s.scheduled_at, s.id;

-- name: NextScheduled :one
select coalesce(min(scheduled_at), 0)::bigint from scheduled_posts where processed_at = 0;

-- name: DueScheduledPosts :many
select * from scheduled_posts where processed_at = 0 and scheduled_at <= @now order by scheduled_at, id limit @max_rows;

-- name: NoteScheduledFailure :one
update scheduled_posts set processed_at = @now, error_code = @error_code, update_at = greatest(@now, update_at + 1)
where id = @id and processed_at = 0 and update_at = @update_at returning *;
