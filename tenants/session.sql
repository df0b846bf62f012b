-- name: GetPersonByEmail :one
select * from persons where email = @email;

-- name: AddSession :exec
insert into sessions (id, person_id, token_hash, user_agent, created_at, expires_at)
values (@id, @person_id, @token_hash, @user_agent, @created_at, @expires_at);

-- name: RemoveSession :exec
delete from sessions where id = @id;

-- name: ForgetSessions :exec
delete from sessions where expires_at <= @now::timestamptz;

-- name: FindSession :one
select id, person_id from sessions where token_hash = @token_hash and expires_at > @now::timestamptz;

-- name: FindToken :one
update api_tokens set last_used_at = @now::timestamptz
where token_hash = @token_hash and revoked_at is null and (expires_at is null or expires_at > @now::timestamptz)
returning *;
