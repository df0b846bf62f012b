-- name: SharingChannels :many
-- Those of the others who are in a channel with the user.
select distinct theirs.user_id from channel_members mine
join channel_members theirs on theirs.channel_id = mine.channel_id
where mine.user_id = @user_id and theirs.user_id = any(@others::uuid[]);

-- name: GuestsBeside :many
-- The guests who are in a channel with the user.
select distinct theirs.user_id from channel_members mine
join channel_members theirs on theirs.channel_id = mine.channel_id and theirs.guest
where mine.user_id = @user_id;

-- name: GuestsApart :many
-- The guests of a channel who don't see the user.
select g.user_id from channel_members g
where g.channel_id = @channel_id and g.guest and g.user_id <> @user_id and not exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = g.user_id and theirs.user_id = @user_id);

-- name: CountUsersBeside :one
-- As CountUsers, of the user and those who are in a channel with them.
select count(*) from users u where u.delete_at = 0 and not u.is_bot and (u.id = @user_id or exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = @user_id and theirs.user_id = u.id));
