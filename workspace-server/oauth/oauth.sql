-- name: InsertOAuthApp :one
insert into oauth_apps (id, creator_id, create_at, update_at, salt, name, description, icon_url, callback_urls, homepage, trusted)
select @id, sqlc.narg(creator_id)::uuid, @now, @now, sqlc.narg(salt)::uuid, @name, @description, @icon_url, @callback_urls::text[], @homepage, @trusted
where (select count(*) from oauth_apps a where (a.creator_id is null) = (sqlc.narg(creator_id)::uuid is null)) < @most::bigint
returning *;

-- name: OAuthApp :one
select * from oauth_apps where id = @id;

-- name: OAuthApps :many
-- Of one creator, or of all.
select * from oauth_apps a where @creator_id::uuid is null or a.creator_id = @creator_id order by a.create_at, a.id limit @max_rows offset @skip;

-- name: OAuthAppsOfUser :many
-- What somebody let in.
select a.* from oauth_consents c join oauth_apps a on a.id = c.app_id where c.user_id = @user_id order by c.create_at, a.id limit @max_rows offset @skip;

-- name: UpdateOAuthApp :one
update oauth_apps set update_at = greatest(@now, update_at + 1), name = @name, description = @description, icon_url = @icon_url,
    callback_urls = @callback_urls, homepage = @homepage, trusted = @trusted
where id = @id returning *;

-- name: RenewOAuthApp :one
update oauth_apps set update_at = greatest(@now, update_at + 1), salt = @salt where id = @id and salt is not null returning *;

-- name: LockOAuthApp :one
select id from oauth_apps where id = @id for update;

-- name: KeepOAuthApp :exec
-- Who deletes it waits, or is waited for.
select 1 from oauth_apps where id = @id for key share;

-- name: DeleteOAuthApp :exec
delete from oauth_apps where id = @id;

-- name: EndOAuthSessions :many
-- What an app has of one user, or of everybody.
with its as (
    select s.id from oauth_grants g join sessions s on s.id = g.session_id where g.app_id = @app_id and (@user_id::uuid is null or g.user_id = @user_id)
    order by s.id for update of s
)
delete from sessions using its where sessions.id = its.id returning sessions.id;

-- name: EndOAuthSessionOfGrant :many
delete from sessions where id in (select g.session_id from oauth_grants g where g.id = @grant_id) returning id;

-- name: EndOldOAuthSessions :many
-- All but the newest few that an app has of a user.
delete from sessions where id in (
    select g.session_id from oauth_grants g where g.app_id = @app_id and g.user_id = @user_id order by g.create_at desc, g.id desc offset @keep
) returning id;

-- name: DropOAuthCodes :exec
-- Of one user, or of everybody.
delete from oauth_codes c where c.app_id = @app_id and (@user_id::uuid is null or c.user_id = @user_id);

-- name: OAuthConsent :one
select exists(select from oauth_consents where user_id = @user_id and app_id = @app_id);

-- name: PutOAuthConsent :exec
insert into oauth_consents (user_id, app_id, create_at) values (@user_id, @app_id, @now) on conflict do nothing;

-- name: DeleteOAuthConsent :exec
delete from oauth_consents where user_id = @user_id and app_id = @app_id;

-- name: HoldOAuthApp :one
-- An app with that secret, for the rest of the transaction: who deletes or renews it waits, and then ends what comes of it.
select id from oauth_apps where id = @id and salt is not distinct from sqlc.narg(salt)::uuid for share;

-- name: HoldOAuthConsent :one
-- That an active user lets an app in, likewise.
select c.create_at from users u join oauth_consents c on c.user_id = u.id
where u.id = @user_id and c.app_id = @app_id and u.delete_at = 0
for share of u, c;

-- name: InsertOAuthCode :execrows
insert into oauth_codes (code_hash, user_id, app_id, create_at, expires_at, redirect_uri, challenge, audience)
select @code_hash, @user_id, @app_id, @now::bigint, @expires_at, @redirect_uri, @challenge, @audience
where (select count(*) from oauth_codes c where c.app_id = @app_id and c.user_id = @user_id and not c.used and c.expires_at > @now) < @most::bigint;

-- name: OAuthCode :one
select * from oauth_codes where code_hash = @code_hash;

-- name: HoldOAuthCode :one
select * from oauth_codes where code_hash = @code_hash for update;

-- name: UseOAuthCode :exec
update oauth_codes set used = true, grant_id = @grant_id where code_hash = @code_hash;

-- name: InsertOAuthGrant :exec
insert into oauth_grants (id, user_id, app_id, session_id, create_at, expires_at, audience)
values (@id, @user_id, @app_id, @session_id, @now, @expires_at, @audience);

-- name: OAuthGrantByRefreshToken :one
select g.* from oauth_refresh_tokens r join oauth_grants g on g.id = r.grant_id where r.token_hash = @token_hash;

-- name: OAuthRefreshToken :one
select * from oauth_refresh_tokens where token_hash = @token_hash;

-- name: InsertOAuthRefreshToken :exec
insert into oauth_refresh_tokens (token_hash, grant_id, expires_at) values (@token_hash, @grant_id, @expires_at);

-- name: UseOAuthRefreshToken :exec
update oauth_refresh_tokens set used = true where token_hash = @token_hash;

-- name: DropUsedOAuthRefreshTokens :exec
-- All but the last few that a grant was renewed by.
delete from oauth_refresh_tokens where token_hash in (
    select r.token_hash from oauth_refresh_tokens r where r.grant_id = @grant_id and r.used order by r.expires_at desc, r.token_hash offset @keep
);

-- name: ExtendOAuthGrant :exec
update oauth_grants set expires_at = @expires_at where id = @id;

-- name: DeleteOldOAuthCodes :exec
delete from oauth_codes where expires_at <= @before;

-- name: DeleteOldOAuthRefreshTokens :exec
delete from oauth_refresh_tokens where expires_at <= @now;

-- name: DeleteStrayOAuthApps :exec
-- Those that registered themselves, and that nobody let in.
delete from oauth_apps a where a.creator_id is null and a.create_at <= @before and not exists (select from oauth_consents c where c.app_id = a.id);
