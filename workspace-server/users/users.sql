-- name: InsertUser :one
insert into users (id, create_at, update_at, username, email, email_verified, nickname, first_name, last_name, position,
                   roles, locale, props, notify_props, timezone, password_hash, last_password_update)
values (@id, @now, @now, @username, @email, @email_verified, @nickname, @first_name, @last_name, @position,
        @roles, @locale, @props, @notify_props, @timezone, @password_hash, @now)
returning *;

-- name: UserByID :one
select * from users where id = @id;

-- name: UserByEmail :one
select * from users where email = lower(@email);

-- name: UserByUsername :one
select * from users where username = lower(@username);

-- name: UserByLogin :one
select * from users where username = lower(@login) or email = lower(@login)
order by email = lower(@login) desc limit 1;

-- name: UsersByIDs :many
select * from users where id = any(@ids::uuid[]) and update_at > @since order by username;

-- name: UsersByUsernames :many
select * from users where username = any(@usernames::text[]) order by username;

-- name: ListUsers :many
-- Every filter is off when it is null or false; a guest sees who is in a channel with them. Ordered by username, or by age when newest_first.
select * from users u
where (@in_team::uuid is null or exists (select from team_members m where m.team_id = @in_team and m.user_id = u.id and m.delete_at = 0))
  and (@not_in_team::uuid is null or not exists (select from team_members m where m.team_id = @not_in_team and m.user_id = u.id and m.delete_at = 0))
  and (@in_channel::uuid is null or exists (select from channel_members m where m.channel_id = @in_channel and m.user_id = u.id))
  and (@not_in_channel::uuid is null or not exists (select from channel_members m where m.channel_id = @not_in_channel and m.user_id = u.id))
  and (@in_group::uuid is null or exists (select from group_members m where m.group_id = @in_group and m.user_id = u.id))
  and (@not_in_group::uuid is null or not exists (select from group_members m where m.group_id = @not_in_group and m.user_id = u.id))
  and (@seen_by::uuid is null or u.id = @seen_by or exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = @seen_by and theirs.user_id = u.id))
  and (not @without_team::bool or not exists (select from team_members m where m.user_id = u.id and m.delete_at = 0))
  and (not @active::bool or u.delete_at = 0)
  and (not @inactive::bool or u.delete_at > 0)
  and (@role::text = '' or @role = any(string_to_array(u.roles, ' ')))
  and (@term::text = '' or u.username like @term || '%' or lower(u.first_name) like @term || '%'
       or lower(u.last_name) like @term || '%' or lower(u.nickname) like @term || '%' or u.email like @term || '%'
       or lower(u.first_name || ' ' || u.last_name) like @term || '%')
order by case when @newest_first::bool then u.create_at end desc, u.username
limit @max_rows offset @skip;

-- name: KnownUserIDs :many
-- Whoever shares a channel with the user.
select distinct other.user_id from channel_members mine
join channel_members other on other.channel_id = mine.channel_id
where mine.user_id = @user_id and other.user_id <> @user_id;

-- name: CountUsers :one
select count(*) from users where delete_at = 0 and not is_bot;

-- name: AnyUser :one
select exists (select from users);

-- name: UpdateUser :one
update users set update_at = greatest(@now, update_at + 1), username = @username, email = @email, email_verified = @email_verified, nickname = @nickname,
    first_name = @first_name, last_name = @last_name, position = @position, locale = @locale,
    props = @props, notify_props = @notify_props, timezone = @timezone
where id = @id returning *;

-- name: SetPassword :exec
-- Links by which it could be set are worthless with that. Who has a second factor gets no more guesses of its code by it: their mails may be read by another.
with spent as (
    delete from mailed_links l where l.user_id = @id and l.kind = 'password'
)
update users set password_hash = @password_hash, last_password_update = @now, update_at = greatest(@now, update_at + 1),
    failed_attempts = case when second_factor then failed_attempts else 0 end
where id = @id;

-- name: SetFirstPassword :execrows
-- Only while nobody has set one: a person who came by a sign-in link needs no current password.
with spent as (
    delete from mailed_links l where l.user_id = @id and l.kind = 'password'
)
update users set password_hash = @password_hash, last_password_update = @now, update_at = greatest(@now, update_at + 1)
where id = @id and password_hash is null;

-- name: SetUserRoles :one
update users set roles = @roles, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: SetUserDeleteAt :one
update users set delete_at = @delete_at, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: CountAdmins :one
select count(*) from users where delete_at = 0 and not is_bot and 'system_admin' = any(string_to_array(roles, ' '));

-- name: NoteLogin :execrows
-- Of who still has that password, and is asked for as much as they were. Whoever changes it waits until the transaction ends.
update users set failed_attempts = 0, last_login = @now where id = @id and password_hash = @password_hash and second_factor = @second_factor;

-- name: NoteFailedLogin :exec
update users set failed_attempts = failed_attempts + 1, last_failure_at = @now where id = @id;

-- name: ForgetFailedLogins :execrows
update users set failed_attempts = 0 where id = @id;

-- name: LockUserTable :exec
-- Serialises "is this the first account?" with the insert that answers it.
select pg_advisory_xact_lock(7102001);

-- name: SystemAdminByEmail :one
select * from users where email = lower(@email) and 'system_admin' = any(string_to_array(roles, ' '));

-- name: SetCustomStatus :one
update users set props = props || jsonb_build_object('customStatus', @status::text), update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: ClearCustomStatus :one
update users set props = props - 'customStatus', update_at = greatest(@now, update_at + 1) where id = @id and props ? 'customStatus' returning *;

-- name: LockUser :exec
select 1 from users where id = @id for no key update;

-- name: MakeBot :one
update users set is_bot = true, bot_owner_id = @owner_id, bot_description = @description where id = @id returning *;

-- name: Bots :many
-- Orphans are those whose owner is gone or deactivated.
select b.* from users b
where b.is_bot and (b.delete_at = 0 or @include_deleted::bool)
  and (not @only_orphaned::bool or not exists (select from users o where o.id = b.bot_owner_id and o.delete_at = 0))
order by b.create_at, b.id limit @max_rows offset @skip;

-- name: UpdateBot :one
update users set username = @username, first_name = @display_name,
    email = case when email = username || '@localhost' then @username || '@localhost' else email end, bot_description = @description, update_at = greatest(@now, update_at + 1)
where id = @id and is_bot returning *;

-- name: AssignBot :one
update users set bot_owner_id = @owner_id, update_at = greatest(@now, update_at + 1) where id = @id and is_bot returning *;

-- name: MakePerson :exec
with revoked as (
    delete from access_tokens t where t.user_id = @id
)
update users u set is_bot = false, bot_owner_id = null, bot_description = '' where u.id = @id and u.is_bot;

-- name: DeactivateBotsOf :many
update users set delete_at = @now, update_at = greatest(@now, update_at + 1) where is_bot and bot_owner_id = @owner_id and delete_at = 0 returning id;

-- name: SetPictureUpdate :one
update users set last_picture_update = @at, update_at = greatest(@now, update_at + 1) where id = @id returning *;
