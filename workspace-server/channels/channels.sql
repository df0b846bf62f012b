-- name: InsertChannel :one
insert into channels (id, team_id, type, name, display_name, header, purpose, creator_id, create_at, update_at)
values (@id, @team_id, @type, @name, @display_name, @header, @purpose, @creator_id, @now, @now)
returning *;

-- name: InsertDirectChannel :one
-- Null when the same people already have one: then it is found by its name.
insert into channels (id, team_id, type, name, display_name, creator_id, create_at, update_at)
values (@id, null, @type, @name, @display_name, @creator_id, @now, @now)
on conflict on constraint channels_name_unique do nothing
returning *;

-- name: DirectChannelByName :one
select * from channels where team_id is null and name = @name;

-- name: ChannelByName :one
select * from channels where team_id = @team_id and name = lower(@name) and (delete_at = 0 or @include_deleted::bool);

-- name: ChannelsByNames :many
select * from channels where team_id = @team_id and name = any(@names::text[]) and delete_at = 0 and type = 'O';

-- name: ListChannels :many
-- Of one team: by type, archived or not, by the start of a name.
select * from channels
where team_id = @team_id and type = any(@types::text[]) and (delete_at > 0) = @deleted::bool
  and (@term::text = '' or name like '%' || @term || '%' or lower(display_name) like '%' || @term || '%' or lower(purpose) like '%' || @term || '%')
order by display_name, id limit @max_rows offset @skip;

-- name: PublicChannelsByIDs :many
-- Of them, those that the user is in, where there is one.
select * from channels c where c.team_id = @team_id and c.id = any(@ids::uuid[]) and c.type = 'O' and c.delete_at = 0
  and (@user_id::uuid is null or exists (select from channel_members m where m.channel_id = c.id and m.user_id = @user_id))
order by c.display_name;

-- name: SearchOwnChannels :many
-- What the user may open in the team: public ones, and private ones that they are in; of both only their own for guests.
select c.* from channels c
where c.team_id = @team_id and c.delete_at = 0
  and (c.name like '%' || @term::text || '%' or lower(c.display_name) like '%' || @term || '%')
  and ((c.type = 'O' and not @own_only::bool) or exists (select from channel_members m where m.channel_id = c.id and m.user_id = @user_id))
order by c.display_name, c.id limit @max_rows;

-- name: ChannelsOfUser :many
-- In one team plus direct and group messages, or everywhere when the team is null.
select c.* from channels c join channel_members m on m.channel_id = c.id
where m.user_id = @user_id and (@team_id::uuid is null or c.team_id = @team_id or c.team_id is null)
  and (c.delete_at = 0 or (@include_deleted::bool and c.delete_at >= @last_delete_at::bigint))
order by c.display_name, c.id;

-- name: UpdateChannel :one
update channels set update_at = greatest(@now, update_at + 1), name = @name, display_name = @display_name, header = @header, purpose = @purpose
where id = @id returning *;

-- name: SetChannelDeleteAt :one
update channels set delete_at = @delete_at, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: SetChannelType :one
update channels set type = @type, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: AddChannelMember :one
-- Null when they are a member already. A newcomer has read everything.
with member as (
    insert into channel_members (channel_id, user_id, admin, read_seq, read_root_seq, last_viewed_at, last_update_at, notify_props)
    select c.id, @user_id, @admin, c.seq, c.root_seq, 0, @now, @notify_props from channels c where c.id = @channel_id
    on conflict (channel_id, user_id) do nothing
    returning *
), history as (
    insert into channel_member_history (channel_id, user_id, join_at)
    select member.channel_id, member.user_id, @now from member
    on conflict do nothing
)
select * from member;

-- name: HoldInTeam :one
-- Null when they are not in the team. Who is stays until the transaction ends.
select user_id from team_members where team_id = @team_id and user_id = @user_id and delete_at = 0 for share;

-- name: RemoveChannelMember :execrows
with history as (
    update channel_member_history h set leave_at = @now::bigint where h.channel_id = @channel_id and h.user_id = @user_id and h.leave_at is null
), threads as (
    delete from thread_members t where t.channel_id = @channel_id and t.user_id = @user_id
)
delete from channel_members m where m.channel_id = @channel_id and m.user_id = @user_id;

-- name: ChannelMember :one
select sqlc.embed(m), sqlc.embed(c) from channel_members m join channels c on c.id = m.channel_id
where m.channel_id = @channel_id and m.user_id = @user_id;

-- name: ChannelMembers :many
select m.* from channel_members m join users u on u.id = m.user_id
where m.channel_id = @channel_id order by u.username limit @max_rows offset @skip;

-- name: ChannelMembersByIDs :many
select m.* from channel_members m
where m.channel_id = @channel_id and m.user_id = any(@user_ids::uuid[]);

-- name: ChannelMembershipsOfUser :many
-- With the team's name, which some clients ask for beside the membership.
select sqlc.embed(m), coalesce(t.name, '') as team_name, coalesce(t.display_name, '') as team_display_name, coalesce(t.update_at, 0)::bigint as team_update_at
from channel_members m join channels c on c.id = m.channel_id left join teams t on t.id = c.team_id
where m.user_id = @user_id and (@team_id::uuid is null or c.team_id = @team_id or c.team_id is null) and c.delete_at = 0
order by m.channel_id limit @max_rows offset @skip;

-- name: ChannelIDsOfUser :many
select channel_id from channel_members where user_id = @user_id;

-- name: ChannelIDsOfUserInTeam :many
select c.id from channels c join channel_members m on m.channel_id = c.id where m.user_id = @user_id and c.team_id = @team_id;

-- name: MarkChannelsRead :many
-- Everything in the channels is read now, what is being posted left out or waited for; answers what each was last viewed at, whether anything was unread,
-- and whether it concerned the user.
with seen as (
    select c.id, c.team_id, c.seq, c.root_seq, c.last_post_at from channels c where c.id = any(@channel_ids::uuid[]) order by c.id for share
)
update channel_members m
set read_seq = greatest(m.read_seq, seen.seq), read_root_seq = greatest(m.read_root_seq, seen.root_seq), mention_count = 0, mention_count_root = 0,
    urgent_mention_count = 0, last_viewed_at = greatest(m.last_viewed_at, seen.last_post_at), last_update_at = @now
from seen join channel_members old on old.channel_id = seen.id and old.user_id = @user_id
where seen.id = m.channel_id and m.user_id = @user_id
returning m.channel_id, m.last_viewed_at, (old.read_seq < seen.seq)::bool as unread, (old.mention_count > 0 or seen.team_id is null)::bool as concerned;

-- name: SetMemberNotifyProps :one
update channel_members m set notify_props = m.notify_props || @notify_props, last_update_at = @now
where m.channel_id = @channel_id and m.user_id = @user_id returning *;

-- name: SetChannelAdmin :one
-- A guest never is one.
update channel_members set admin = @admin and not guest, last_update_at = @now
where channel_id = @channel_id and user_id = @user_id returning *;

-- name: ChannelStats :one
select (select count(*) from channel_members m join users u on u.id = m.user_id where m.channel_id = @channel_id and u.delete_at = 0)::bigint as members,
       (select count(*) from posts p where p.channel_id = @channel_id and p.pinned and p.delete_at = 0)::bigint as pinned,
       (select count(*) from files f where f.channel_id = @channel_id and f.post_id is not null and f.delete_at = 0)::bigint as files;

-- name: MemberCounts :many
-- Of those among the channels that the user is in.
select m.channel_id, count(*) as members from channel_members m join users u on u.id = m.user_id
where m.channel_id = any(@channel_ids::uuid[]) and u.delete_at = 0
  and exists (select from channel_members mine where mine.channel_id = m.channel_id and mine.user_id = @user_id)
group by m.channel_id;

-- name: ChannelTimezones :many
select distinct coalesce(case when u.timezone ->> 'useAutomaticTimezone' = 'false' then u.timezone ->> 'manualTimezone'
                              else u.timezone ->> 'automaticTimezone' end, '')::text as timezone
from channel_members m join users u on u.id = m.user_id where m.channel_id = @channel_id and u.delete_at = 0;

-- name: LockChannel :exec
-- Nothing is posted there until the transaction ends, and what it reads after this has all that was.
select id from channels where id = @id for no key update;

-- name: ChannelAccess :one
-- A channel and all that decides what the user may do in it, in one round trip.
select sqlc.embed(c),
    (m.user_id is not null)::bool as member, coalesce(m.admin, false)::bool as admin,
    (tm.user_id is not null)::bool as team_member, coalesce(tm.admin, false)::bool as team_admin,
    ((select u.id from users u where u.mention_words <> '{}' order by u.id limit 1) is not null)::bool as called -- the order has the index used
from channels c
left join channel_members m on m.channel_id = c.id and m.user_id = @user_id
left join team_members tm on tm.team_id = c.team_id and tm.user_id = @user_id and tm.delete_at = 0
where c.id = @channel_id;

-- name: GuestsOfChannel :many
select user_id from channel_members where channel_id = @channel_id and guest;
