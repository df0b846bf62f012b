-- name: InsertSession :exec
insert into sessions (id, token_hash, user_id, create_at, expires_at, last_activity_at, device_id, csrf, props)
values (@id, @token_hash, @user_id, @now, @expires_at, @now, @device_id, @csrf, @props);

-- name: SessionByToken :one
select sqlc.embed(sessions), sqlc.embed(users) from sessions join users on users.id = sessions.user_id
where sessions.token_hash = @token_hash;

-- name: SessionsOfUser :many
select * from sessions where user_id = @user_id and expires_at > @now order by last_activity_at desc;

-- name: DeleteSession :execrows
delete from sessions where id = @id;

-- name: DeleteSessionOfUser :execrows
delete from sessions where id = @id and user_id = @user_id;

-- name: DeleteSessionsOfUser :many
delete from sessions where user_id = @user_id and id is distinct from @keep::uuid returning id;

-- name: DeleteExpiredSessions :exec
delete from sessions where expires_at <= @now;

-- name: ExtendSession :exec
update sessions set last_activity_at = @now, expires_at = @expires_at where id = @id;

-- name: SetSessionDevice :exec
update sessions set device_id = @device_id, expires_at = @expires_at where id = @id;

-- name: DeleteOtherSessionsOfDevice :many
delete from sessions where device_id = @device_id and id <> @keep and device_id <> '' returning id;

-- name: InsertSignInLink :exec
insert into sign_in_links (token_hash, user_id, expires_at) values (@token_hash, @user_id, @expires_at);

-- name: DeleteExpiredSignInLinks :exec
delete from sign_in_links where expires_at <= @now;

-- name: UseSignInLink :one
-- Taking the row away is what makes the link single-use: of two that arrive together one finds nothing.
delete from sign_in_links where token_hash = @token_hash returning user_id, expires_at;

-- name: LiveSessions :many
select s.id from sessions s join users u on u.id = s.user_id
where s.id = any(@ids::uuid[]) and s.expires_at > @now and u.delete_at = 0;
