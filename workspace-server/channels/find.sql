-- name: FindChannels :many
-- Of any team: everything for who may see all, else what the user may open, with the teams that they are in.
select sqlc.embed(c), t.name as team_name, t.display_name as team_display_name, t.update_at as team_update_at
from channels c join teams t on t.id = c.team_id
where c.type = any(@types::text[]) and (cardinality(@team_ids::uuid[]) = 0 or t.id = any(@team_ids))
  and (c.id = @id::uuid or c.name like '%' || @term::text || '%' or lower(c.display_name) like '%' || @term || '%' or lower(c.purpose) like '%' || @term || '%')
  and case when @deleted::bool then c.delete_at > 0 else c.delete_at = 0 or @include_deleted::bool end
  and not (@no_defaults::bool and c.name in ('town-square', 'off-topic'))
  and (@everything::bool or (t.delete_at = 0
    and exists (select from team_members tm where tm.team_id = t.id and tm.user_id = @user_id and tm.delete_at = 0
      and (c.type = 'O' and not tm.guest or exists (select from channel_members m where m.channel_id = c.id and m.user_id = @user_id)))))
order by c.display_name, c.id limit @max_rows offset @skip;

-- name: CountFoundChannels :one
select count(*)
from channels c join teams t on t.id = c.team_id
where c.type = any(@types::text[]) and (cardinality(@team_ids::uuid[]) = 0 or t.id = any(@team_ids))
  and (c.id = @id::uuid or c.name like '%' || @term::text || '%' or lower(c.display_name) like '%' || @term || '%' or lower(c.purpose) like '%' || @term || '%')
  and case when @deleted::bool then c.delete_at > 0 else c.delete_at = 0 or @include_deleted::bool end
  and not (@no_defaults::bool and c.name in ('town-square', 'off-topic'))
  and (@everything::bool or (t.delete_at = 0
    and exists (select from team_members tm where tm.team_id = t.id and tm.user_id = @user_id and tm.delete_at = 0
      and (c.type = 'O' and not tm.guest or exists (select from channel_members m where m.channel_id = c.id and m.user_id = @user_id)))));

-- name: SearchGroupChannels :many
-- The user's group messages in which each of the words begins somebody's username.
select c.* from channels c join channel_members mine on mine.channel_id = c.id and mine.user_id = @user_id
where c.type = 'G' and c.delete_at = 0 and not exists (
    select from unnest(@words::text[]) as word
    where not exists (select from channel_members m join users u on u.id = m.user_id where m.channel_id = c.id and u.username like word || '%'))
order by c.last_post_at desc, c.id limit @max_rows;

-- name: SearchArchivedChannels :many
-- Of one team: public ones, and private ones that the user is in.
select c.* from channels c
where c.team_id = @team_id and c.delete_at > 0
  and (c.name like '%' || @term::text || '%' or lower(c.display_name) like '%' || @term || '%' or lower(c.purpose) like '%' || @term || '%')
  and (c.type = 'O' or exists (select from channel_members m where m.channel_id = c.id and m.user_id = @user_id))
order by c.display_name, c.id limit @max_rows;

-- name: ChannelRoster :many
select user_id, admin from channel_members where channel_id = @channel_id order by user_id;

-- name: CommonTeams :many
-- Those that every member of the channel is in.
select t.* from teams t
where t.delete_at = 0 and exists (select from channel_members m where m.channel_id = @channel_id)
  and not exists (select from channel_members m where m.channel_id = @channel_id
    and not exists (select from team_members tm where tm.team_id = t.id and tm.user_id = m.user_id and tm.delete_at = 0))
order by t.display_name, t.id;

-- name: KeepInTeam :exec
-- Whoever removes one of the channel's members from the team waits until the transaction ends, and finds the channel among those of the team.
select from team_members tm
where tm.team_id = @team_id and tm.delete_at = 0 and tm.user_id in (select m.user_id from channel_members m where m.channel_id = @channel_id)
order by tm.user_id for share;

-- name: GroupToPrivate :one
-- Its threads are the team's from then on, and wherever somebody kept it among their direct messages, it is no more.
with threads as (
    update thread_members th set team_id = @team_id where th.channel_id = @id
), places as (
    delete from sidebar_channels p where p.channel_id = @id
)
update channels set type = 'P', team_id = @team_id, name = @name, display_name = @display_name, update_at = greatest(@now, update_at + 1)
where id = @id and type = 'G' returning *;
