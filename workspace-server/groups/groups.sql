-- name: LockGroups :exec
-- One at a time makes a group, so that there are no more than a workspace may have.
select pg_advisory_xact_lock(7102031);

-- name: CountGroups :one
-- Archived ones as well, which may come back.
select count(*) from user_groups;

-- name: InsertGroup :one
insert into user_groups (id, name, display_name, description, create_at, update_at)
values (@id, @name, @display_name, @description, @now, @now) returning *;

-- name: GroupByID :one
select * from user_groups where id = @id;

-- name: LockGroup :one
select * from user_groups where id = @id for update;

-- name: GroupsByNames :many
select * from user_groups where name = any(@names::text[]) and delete_at = 0 order by name;

-- name: ListGroups :many
-- Every filter is off when it is empty, null, zero or false. Who asks what changed since a time is told of archived ones as well.
select g.* from user_groups g
where (@term::text = '' or strpos(g.name, @term) > 0 or strpos(lower(g.display_name), @term) > 0)
  and (case when @archived::bool then g.delete_at > 0 else @with_archived::bool or @since::bigint > 0 or g.delete_at = 0 end)
  and g.update_at >= @since
  and (@member::uuid is null or exists (select from group_members m where m.group_id = g.id and m.user_id = @member))
order by g.display_name, g.id limit @max_rows offset @skip;

-- name: UpdateGroup :one
update user_groups set name = @name, display_name = @display_name, description = @description, update_at = greatest(@now, update_at + 1)
where id = @id and delete_at = 0 returning *;

-- name: SetGroupDeleteAt :one
update user_groups set delete_at = @delete_at, update_at = greatest(@now, update_at + 1)
where id = @id and (delete_at = 0) = @deletes::bool returning *;

-- name: TouchGroup :one
update user_groups set update_at = greatest(@now::bigint, update_at + 1) where id = @id returning *;

-- name: UsersToGroup :many
-- Those who are there and active. Nobody of them is renamed from now on, who would wait for the group's name while the group waits for them.
select id from users where id = any(@ids::uuid[]) and delete_at = 0 order by id for key share;

-- name: InsertGroupMembers :many
-- Those who are new.
insert into group_members (group_id, user_id, create_at)
select @group_id, u.id, @now from unnest(@users::uuid[]) as u (id)
on conflict do nothing returning *;

-- name: GroupMembersOf :many
select * from group_members where group_id = @group_id and user_id = any(@users::uuid[]) order by user_id;

-- name: CountGroupRows :one
-- Whoever is in a group, those who are deactivated among them.
select count(*) from group_members where group_id = @group_id;

-- name: DeleteGroupMembers :many
delete from group_members where group_id = @group_id and user_id = any(@users::uuid[]) returning *;

-- name: CountGroupMembers :many
-- Those who are active; a guest counts whom they see.
select m.group_id, count(*) as members from group_members m join users u on u.id = m.user_id
where m.group_id = any(@ids::uuid[]) and u.delete_at = 0
  and (@seen_by::uuid is null or u.id = @seen_by or exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = @seen_by and theirs.user_id = u.id))
group by m.group_id;

-- name: GroupMemberIDs :many
-- As CountGroupMembers.
select m.group_id, m.user_id from group_members m join users u on u.id = m.user_id
where m.group_id = any(@ids::uuid[]) and u.delete_at = 0
  and (@seen_by::uuid is null or u.id = @seen_by or exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = @seen_by and theirs.user_id = u.id))
order by m.group_id, u.username;

-- name: CountGroupsInChannel :many
-- How many of each group are in a channel, and in how many time zones.
select m.group_id, count(*) as members, count(distinct nullif(case when u.timezone ->> 'useAutomaticTimezone' = 'false' then u.timezone ->> 'manualTimezone'
                                                              else u.timezone ->> 'automaticTimezone' end, '')) as timezones
from channel_members c join group_members m on m.user_id = c.user_id join user_groups g on g.id = m.group_id join users u on u.id = m.user_id
where c.channel_id = @channel_id and g.delete_at = 0 and u.delete_at = 0
group by m.group_id order by m.group_id;
