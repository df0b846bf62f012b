-- name: ThreadsBefore :many
-- Those that the user follows, whose last reply is older than a point, newest first.
select * from thread_members m
where m.user_id = @user_id and m.following and m.last_reply_at > 0 and (m.last_reply_at, m.root_id) < (@last_reply_at::bigint, @root_id::uuid)
  and (m.team_id = @team_id or (m.team_id is null and not @exclude_direct::bool))
  and (m.delete_at = 0 or @include_deleted::bool) and (m.unread_replies > 0 or not @unread_only::bool) and m.update_at >= @since
order by m.last_reply_at desc, m.root_id desc limit @max_rows;

-- name: ThreadsAfter :many
-- The same, newer than a point, oldest first.
select * from thread_members m
where m.user_id = @user_id and m.following and m.last_reply_at > 0 and (m.last_reply_at, m.root_id) > (@last_reply_at::bigint, @root_id::uuid)
  and (m.team_id = @team_id or (m.team_id is null and not @exclude_direct::bool))
  and (m.delete_at = 0 or @include_deleted::bool) and (m.unread_replies > 0 or not @unread_only::bool) and m.update_at >= @since
order by m.last_reply_at, m.root_id limit @max_rows;

-- name: ThreadTotals :one
select count(*) as threads, count(*) filter (where m.unread_replies > 0) as unread, coalesce(sum(m.unread_mentions), 0)::bigint as mentions,
       coalesce(sum(m.unread_mentions) filter (where m.urgent), 0)::bigint as urgent_mentions
from thread_members m
where m.user_id = @user_id and m.following and m.last_reply_at > 0
  and (m.team_id = @team_id or (m.team_id is null and not @exclude_direct::bool))
  and (m.delete_at = 0 or @include_deleted::bool);

-- name: ThreadTotalsByTeam :many
select m.team_id, count(*) filter (where m.unread_replies > 0) as unread, coalesce(sum(m.unread_mentions), 0)::bigint as mentions,
       coalesce(sum(m.unread_mentions) filter (where m.urgent), 0)::bigint as urgent_mentions
from thread_members m
where m.user_id = @user_id and m.following and m.last_reply_at > 0 and m.delete_at = 0 and m.team_id is not null
group by m.team_id;

-- name: ThreadMember :one
select * from thread_members where user_id = @user_id and root_id = @root_id;

-- name: ThreadsOf :many
-- The user's memberships in those of the threads that they follow.
select root_id from thread_members where user_id = @user_id and root_id = any(@root_ids::uuid[]) and following;

-- name: ThreadFollowers :many
-- With whether they want to be told of replies on their desktop. Who has left the channel hears nothing more, whatever row is left of them.
select sqlc.embed(m), (coalesce(u.notify_props ->> 'desktop', '') <> 'none' and coalesce(u.notify_props ->> 'desktop_threads', 'all') = 'all')::bool as desktop
from thread_members m join users u on u.id = m.user_id join channel_members cm on cm.channel_id = m.channel_id and cm.user_id = m.user_id
where m.root_id = @root_id and m.following and u.delete_at = 0;

-- name: ThreadMembersOf :many
select user_id, following, unread_replies, unread_mentions from thread_members where root_id = @root_id;

-- name: SetThreadMember :one
-- Only members of the channel have threads there. What is unread is counted.
insert into thread_members as m (root_id, user_id, channel_id, team_id, following, last_reply_at, last_viewed_at, unread_replies, unread_mentions, update_at, urgent)
select p.id, cm.user_id, p.channel_id, c.team_id, @following, p.last_reply_at, least(@viewed_at::bigint, p.last_reply_at),
       (select count(*) from posts r where r.root_id = p.id and r.delete_at = 0 and r.create_at > @viewed_at),
       (select count(*) from posts r join post_mentions rm on rm.post_id = r.id
        where r.root_id = p.id and r.delete_at = 0 and r.create_at > @viewed_at
          and (rm.everyone and r.user_id <> cm.user_id or cm.user_id = any(rm.users))),
       @now, p.priority = 'urgent'
from posts p join channels c on c.id = p.channel_id join channel_members cm on cm.channel_id = p.channel_id and cm.user_id = @user_id
where p.id = @root_id and p.root_id is null and p.delete_at = 0
on conflict (root_id, user_id) do update set following = excluded.following, last_viewed_at = excluded.last_viewed_at,
    unread_replies = excluded.unread_replies, unread_mentions = excluded.unread_mentions, update_at = excluded.update_at
returning *;

-- name: ReadThreadsOfTeam :exec
-- With those of direct and group messages.
with unread as (
    select t.root_id from thread_members t
    where t.user_id = @user_id and t.unread_replies > 0 and (t.team_id = @team_id or t.team_id is null)
    order by t.root_id for update
)
update thread_members m set unread_replies = 0, unread_mentions = 0, last_viewed_at = m.last_reply_at, update_at = @now
from unread where m.root_id = unread.root_id and m.user_id = @user_id;

-- name: ReadThreadsOfChannels :execrows
with unread as (
    select t.root_id from thread_members t
    where t.user_id = @user_id and t.unread_replies > 0 and t.channel_id = any(@channel_ids::uuid[])
    order by t.root_id for update
)
update thread_members m set unread_replies = 0, unread_mentions = 0, last_viewed_at = m.last_reply_at, update_at = @now
from unread where m.root_id = unread.root_id and m.user_id = @user_id;
