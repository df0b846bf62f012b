-- name: InsertSession :exec
insert into sessions (id, token_hash, user_id, create_at, expires_at, last_activity_at, device_id, csrf, props)
values (@id, @token_hash, @user_id, @now, @expires_at, @now, @device_id, @csrf, @props);

-- name: SessionByToken :one
select sqlc.embed(sessions), sqlc.embed(users) from sessions join users on users.id = sessions.user_id
where sessions.token_hash = @token_hash;

-- name: SessionInChannel :one
-- A session, and what ChannelAccess tells of its user in a channel: what most requests begin with, in one round trip.
select sqlc.embed(s), sqlc.embed(u), sqlc.embed(c),
    (m.user_id is not null)::bool as member, coalesce(m.admin, false)::bool as admin,
    (tm.user_id is not null)::bool as team_member, coalesce(tm.admin, false)::bool as team_admin,
    ((select w.id from users w where w.mention_words <> '{}' order by w.id limit 1) is not null)::bool as called
from sessions s join users u on u.id = s.user_id
join channels c on c.id = @channel_id
left join channel_members m on m.channel_id = c.id and m.user_id = u.id
left join team_members tm on tm.team_id = c.team_id and tm.user_id = u.id and tm.delete_at = 0
where s.token_hash = @token_hash;

-- name: SessionsOfUser :many
select * from sessions where user_id = @user_id and expires_at > @now order by last_activity_at desc;

-- name: DeleteSession :execrows
delete from sessions where id = @id;

-- name: DeleteSessionOfUser :execrows
delete from sessions where id = @id and user_id = @user_id;

-- name: DeleteSessionsOfUser :many
-- And then what apps would open one with. Who ends what apps have takes sessions before codes, and those by their ids: two never wait for each other.
with mine as (select s.id from sessions s where s.user_id = @user_id and s.id is distinct from @keep::uuid order by s.id for update),
    codes as (delete from oauth_codes where oauth_codes.user_id = @user_id and not used)
delete from sessions using mine where sessions.id = mine.id returning sessions.id;

-- name: DeleteExpiredSessions :exec
-- But for those that an app can still renew.
delete from sessions s where s.expires_at <= @now and not exists (select from oauth_grants g where g.session_id = s.id and g.expires_at > @now);

-- name: ExtendSession :exec
update sessions set last_activity_at = @now, expires_at = @expires_at where id = @id;

-- name: HoldSession :one
select id from sessions where id = @id for update;

-- name: RenewSession :exec
update sessions set token_hash = @token_hash, expires_at = @expires_at, last_activity_at = @now where id = @id;

-- name: SetSessionDevice :exec
update sessions set device_id = @device_id, expires_at = @expires_at where id = @id;

-- name: DeleteOtherSessionsOfDevice :many
-- Of the same user: who names another's phone ends nothing of theirs.
delete from sessions s using sessions k
where k.id = @keep and s.user_id = k.user_id and s.device_id = @device_id and s.id <> k.id and s.device_id <> ''
returning s.id;

-- name: InsertSignInLink :exec
insert into sign_in_links (token_hash, user_id, expires_at) values (@token_hash, @user_id, @expires_at);

-- name: DeleteExpiredSignInLinks :exec
delete from sign_in_links where expires_at <= @now;

-- name: UseSignInLink :one
-- Taking the row away is what makes the link single-use: of two that arrive together one finds nothing.
delete from sign_in_links where token_hash = @token_hash returning user_id, expires_at;

-- name: LiveSessions :many
-- Those by which somebody may still come in; without guests, access tokens and apps where the workspace has no such thing any more.
-- And without people and guests who owe a second factor, where they need one; access tokens are as good as their user, apps and bots need none.
select s.id from sessions s join users u on u.id = s.user_id
where s.id = any(@ids::uuid[]) and s.expires_at > @now and u.delete_at = 0
  and not (@guests::bool and u.guest) and not (@access_tokens::bool and not u.is_bot and s.props ->> 'user_access_token_id' is not null)
  and not (@apps::bool and s.props ->> 'oauth_app_id' is not null)
  and not (case when u.guest then @guests_owe::bool else @people_owe::bool end and not u.second_factor and not u.is_bot and s.props ->> 'oauth_app_id' is null);

-- name: OwingSessions :many
-- Of one user or, where there is none, of everybody: the others that LiveSessions leaves out because a second factor is owed.
select s.id from sessions s join users u on u.id = s.user_id
where (@user_id::uuid is null or u.id = @user_id) and not u.second_factor and not u.is_bot and s.props ->> 'oauth_app_id' is null
  and case when u.guest then @guests_owe::bool else @people_owe::bool end;

-- name: InsertAccessToken :one
insert into access_tokens (id, token_hash, user_id, create_at, description)
select @id, @token_hash, u.id, @now, @description from users u
where u.id = @user_id and u.delete_at = 0 and (select count(*) from access_tokens t where t.user_id = u.id) < @most::bigint
returning *;

-- name: AccessTokenByID :one
select * from access_tokens where id = @id;

-- name: AccessTokensOfUser :many
select * from access_tokens where user_id = @user_id order by create_at desc, id desc limit @max_rows offset @skip;

-- name: AccessTokens :many
-- Of everybody whose name begins so, and those of that id or that user.
select t.* from access_tokens t join users u on u.id = t.user_id
where @term::text = '' or u.username like @term || '%' or t.id = @term_id::uuid or t.user_id = @term_id
order by t.create_at desc, t.id desc limit @max_rows offset @skip;

-- name: SetAccessTokenActive :exec
update access_tokens set active = @active where id = @id;

-- name: DeleteAccessToken :exec
delete from access_tokens where id = @id;

-- name: DeleteSessionOfAccessToken :many
-- After the token was turned off or removed: who opens a session by it waits for that, or was before it and is found here.
delete from sessions where token_hash = @token_hash returning id;

-- name: AccessTokenByHash :one
select * from access_tokens where token_hash = @token_hash;

-- name: OpenByAccessToken :exec
-- The session of a token that is good, unless it has one.
insert into sessions (id, token_hash, user_id, create_at, expires_at, last_activity_at, csrf, props)
select @id, t.token_hash, t.user_id, @now::bigint, case when t.expires_at = 0 then @never::bigint else t.expires_at end, @now, @csrf, @props
from access_tokens t where t.id = @token_id and t.active and (t.expires_at = 0 or t.expires_at > @now)
for share of t
on conflict (token_hash) do nothing;

-- name: DeleteForbiddenSessions :many
-- Of guests, of people who came by an access token, and of apps, where the workspace has no such thing any more.
delete from sessions s using users u
where u.id = s.user_id and ((@guests::bool and u.guest) or (@access_tokens::bool and not u.is_bot and s.props ->> 'user_access_token_id' is not null)
    or (@apps::bool and s.props ->> 'oauth_app_id' is not null))
returning s.id;
