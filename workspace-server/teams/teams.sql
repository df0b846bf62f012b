-- name: InsertTeam :one
insert into teams (id, create_at, update_at, name, display_name, description, email, type, company_name, allowed_domains, invite_id, allow_open_invite)
values (@id, @now, @now, @name, @display_name, @description, @email, @type, @company_name, @allowed_domains, @invite_id, @allow_open_invite)
returning *;

-- name: TeamByID :one
select * from teams where id = @id;

-- name: TeamByName :one
select * from teams where name = lower(@name);

-- name: TeamByInvite :one
select * from teams where invite_id = @invite_id and delete_at = 0;

-- name: ListTeams :many
-- The user's own teams, and open ones for who may see those; every team for who may see all.
select * from teams t
where (t.delete_at = 0 or @everything::bool)
  and (@everything or t.allow_open_invite and @open::bool or exists (select from team_members m where m.team_id = t.id and m.user_id = @user_id and m.delete_at = 0))
  and (@term::text = '' or t.name like @term || '%' or lower(t.display_name) like @term || '%')
order by t.display_name, t.id limit @max_rows offset @skip;

-- name: CountTeams :one
select count(*) from teams t
where (t.delete_at = 0 or @everything::bool)
  and (@everything or t.allow_open_invite and @open::bool or exists (select from team_members m where m.team_id = t.id and m.user_id = @user_id and m.delete_at = 0));

-- name: TeamsOfUser :many
select t.* from teams t join team_members m on m.team_id = t.id
where m.user_id = @user_id and m.delete_at = 0 and t.delete_at = 0 order by t.display_name, t.id;

-- name: UpdateTeam :one
update teams set update_at = greatest(@now, update_at + 1), display_name = @display_name, description = @description, company_name = @company_name,
    allowed_domains = @allowed_domains, allow_open_invite = @allow_open_invite, type = @type
where id = @id returning *;

-- name: SetTeamIconUpdate :one
update teams set last_icon_update = @at, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: SetTeamDeleteAt :one
update teams set delete_at = @delete_at, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: SetTeamInvite :one
update teams set invite_id = @invite_id, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: AddTeamMember :one
-- One who left comes back as a plain member.
insert into team_members (team_id, user_id, create_at, admin) values (@team_id, @user_id, @now, @admin)
on conflict (team_id, user_id) do update
    set delete_at = 0, admin = case when team_members.delete_at = 0 then team_members.admin else excluded.admin end
returning *;

-- name: TeamMember :one
select * from team_members where team_id = @team_id and user_id = @user_id;

-- name: TeamMembers :many
select m.* from team_members m join users u on u.id = m.user_id
where m.team_id = @team_id and m.delete_at = 0 and (u.delete_at = 0 or not @exclude_deleted::bool)
  and (@seen_by::uuid is null or u.id = @seen_by or exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = @seen_by and theirs.user_id = u.id))
order by u.username limit @max_rows offset @skip;

-- name: TeamMembersByIDs :many
select * from team_members where team_id = @team_id and user_id = any(@user_ids::uuid[]) and delete_at = 0;

-- name: TeamMembershipsOfUser :many
select m.* from team_members m join teams t on t.id = m.team_id where m.user_id = @user_id and t.delete_at = 0;

-- name: RemoveTeamMember :execrows
update team_members set delete_at = @now, admin = false where team_id = @team_id and user_id = @user_id and delete_at = 0;

-- name: HoldGuestInTeam :exec
-- Who leaves two channels of a team at the same time leaves one after the other, and sees which is the last.
select user_id from team_members where team_id = @team_id and user_id = @user_id and guest and delete_at = 0 for no key update;

-- name: RemoveGuestOfNoChannel :execrows
-- As RemoveTeamMember, of a guest who is in no channel of the team any more.
update team_members tm set delete_at = @now, admin = false
where tm.team_id = @team_id and tm.user_id = @user_id and tm.guest and tm.delete_at = 0 and not exists (
    select from channel_members m join channels c on c.id = m.channel_id where m.user_id = tm.user_id and c.team_id = tm.team_id);

-- name: SetTeamAdmin :one
-- A guest never is one.
update team_members set admin = @admin and not guest where team_id = @team_id and user_id = @user_id and delete_at = 0 returning *;

-- name: TeamStats :one
select count(*) as total, count(*) filter (where u.delete_at = 0) as active
from team_members m join users u on u.id = m.user_id where m.team_id = @team_id and m.delete_at = 0
  and (@seen_by::uuid is null or u.id = @seen_by or exists (
    select from channel_members mine join channel_members theirs on theirs.channel_id = mine.channel_id
    where mine.user_id = @seen_by and theirs.user_id = u.id));

-- name: TeamAccess :one
select sqlc.embed(t), (m.user_id is not null)::bool as member, coalesce(m.admin, false)::bool as admin
from teams t left join team_members m on m.team_id = t.id and m.user_id = @user_id and m.delete_at = 0
where t.id = @team_id;

-- name: TeamUnreads :many
-- Muted channels count by mentions only; direct and group messages stand under the null team.
select c.team_id,
    coalesce(sum(c.seq - m.read_seq) filter (where m.notify_props ->> 'mark_unread' is distinct from 'mention'), 0)::bigint as msg_count,
    coalesce(sum(c.root_seq - m.read_root_seq) filter (where m.notify_props ->> 'mark_unread' is distinct from 'mention'), 0)::bigint as msg_count_root,
    coalesce(sum(m.mention_count), 0)::bigint as mention_count,
    coalesce(sum(m.mention_count_root), 0)::bigint as mention_count_root
from channel_members m join channels c on c.id = m.channel_id
where m.user_id = @user_id and c.delete_at = 0 and (@team_id::uuid is null or c.team_id = @team_id)
group by c.team_id;

-- name: TeamIDsOfUser :many
select team_id from team_members where user_id = @user_id and delete_at = 0;
