-- name: CreatePost :one
-- A post that has nothing beside itself, mentions nobody, and is no reply. One statement: the channel's row is locked first and gives the post its numbers and a time later than every
-- earlier post's, so all side effects are serialised per channel. A claim that exists already fails it as a whole.
-- The viewer is the author, who has seen the channel; null where a program posts in their name.
with channel as (
    update channels set
        seq = seq + @counted::int,
        root_seq = root_seq + @counted,
        last_post_at = greatest(last_post_at + 1, @now::bigint),
        last_root_post_at = greatest(last_post_at + 1, @now)
    where channels.id = @channel_id and channels.delete_at = 0
    returning channels.id, seq, root_seq, last_post_at
), claim as (
    insert into post_claims (user_id, pending_id, post_id, create_at)
    select @user_id, @pending_id::text, @id, channel.last_post_at from channel where @pending_id <> ''
), author as (
    update channel_members m set read_seq = channel.seq, read_root_seq = channel.root_seq, last_viewed_at = channel.last_post_at,
        mention_count = 0, mention_count_root = 0, urgent_mention_count = 0, last_update_at = @now
    from channel where m.channel_id = channel.id and m.user_id = @viewer and @counted = 1
      and (not @absent::bool or m.read_seq = channel.seq - 1) -- who wrote before says nothing of all since
), begun as (
    delete from drafts d using channel
    where d.user_id = @viewer and d.channel_id = channel.id and d.root_id is null and @counted = 1 and not @absent::bool
), owed as (
    -- Somebody may have to be told of it by mail, or by a phone: if it concerns them, or they want to be told of everything.
    insert into notifications (post_id)
    select @id from channel
    where @mailed::bool or @pushed::bool
        and exists (select from sessions s where s.device_id <> '')
        and (@concerns::bool or exists (select from channel_members a where a.channel_id = @channel_id and a.notify_props ->> 'push' = 'all')
             or exists (select from users a where a.notify_props ->> 'push' = 'all'))
)
insert into posts (id, channel_id, user_id, seq, root_seq, create_at, update_at, type, message, props, hashtags, has_files, priority, requested_ack)
select @id, channel.id, @user_id, channel.seq, channel.root_seq, channel.last_post_at, channel.last_post_at,
       @type, @message, @props, @hashtags, false, @priority, @requested_ack
from channel
returning *;

-- name: CreatePostWith :one
-- CreatePost for a reply, or for a post with more. For a transaction that plans as one for all: otherwise PostgreSQL plans it anew each time, which takes longer than to do it.
-- What a post doesn't have is not looked for: the plan may be of a time when the tables were small, and read all of a channel's members.
with channel as (
    update channels set
        seq = seq + @counted::int,
        root_seq = root_seq + case when @root_id::uuid is null then @counted else 0 end,
        last_post_at = greatest(last_post_at + 1, @now::bigint),
        last_root_post_at = case when @root_id is null then greatest(last_post_at + 1, @now) else last_root_post_at end
    where channels.id = @channel_id and channels.delete_at = 0
    returning channels.id, channels.team_id, seq, root_seq, last_post_at
), claim as (
    insert into post_claims (user_id, pending_id, post_id, create_at)
    select @user_id, @pending_id::text, @id, channel.last_post_at from channel where @pending_id <> ''
), root as (
    update posts set reply_count = reply_count + 1, last_reply_at = channel.last_post_at,
        update_at = greatest(channel.last_post_at, posts.update_at + 1), participants = array_append(array_remove(participants, @user_id), @user_id)
    from channel where @root_id is not null and posts.id = @root_id and posts.channel_id = channel.id and posts.delete_at = 0
    returning posts.id
), author as (
    update channel_members m set read_seq = channel.seq, read_root_seq = channel.root_seq, last_viewed_at = channel.last_post_at,
        mention_count = 0, mention_count_root = 0, urgent_mention_count = 0, last_update_at = @now
    from channel where m.channel_id = channel.id and m.user_id = @viewer and @counted = 1
      -- A reply says nothing of what was posted beside the thread, and who wrote before nothing of all since.
      and (@root_id is null and not @absent::bool or m.read_seq = channel.seq - 1)
), mentioned as (
    update channel_members m set mention_count = mention_count + 1,
        mention_count_root = mention_count_root + case when @root_id is null then 1 else 0 end,
        urgent_mention_count = urgent_mention_count + case when @priority::text = 'urgent' then 1 else 0 end, last_update_at = @now
    from channel where cardinality(@mentioned::uuid[]) > 0 and m.channel_id = channel.id and m.user_id = any(@mentioned) and m.user_id is distinct from @viewer
), attached as (
    update files set post_id = @id, channel_id = channel.id, update_at = @now, position = array_position(@file_ids::uuid[], files.id)
    from channel where cardinality(@file_ids::uuid[]) > 0 and files.id = any(@file_ids) and files.creator_id = @user_id and files.post_id is null and files.delete_at = 0
    returning files.id
), begun as (
    delete from drafts d using channel
    where d.user_id = @viewer and d.channel_id = channel.id and d.root_id is not distinct from @root_id and @counted = 1 and not @absent::bool
), owed as (
    -- Somebody may have to be told of it by mail, or by a phone: if it concerns them, or they want to be told of everything.
    insert into notifications (post_id)
    select @id from channel
    where (@root_id is null or exists (select from root)) and (@mailed::bool or @pushed::bool
        and exists (select from sessions s where s.device_id <> '')
        and (@concerns::bool or exists (select from channel_members a where a.channel_id = @channel_id and a.notify_props ->> 'push' = 'all')
             or exists (select from users a where a.notify_props ->> 'push' = 'all')))
)
insert into posts (id, channel_id, user_id, root_id, seq, root_seq, create_at, update_at, type, message, props, hashtags, has_files, priority, requested_ack)
select @id, channel.id, @user_id, @root_id, channel.seq, channel.root_seq, channel.last_post_at, channel.last_post_at,
       @type, @message, @props, @hashtags, exists (select from attached), @priority, @requested_ack
from channel where @root_id is null or exists (select from root)
returning *;

-- name: NoteMentions :exec
insert into post_mentions (post_id, users, everyone, named) values (@post_id, @users, @everyone, @named);

-- name: FollowReply :exec
-- What a reply is to those who follow its thread, and who begins to, after it was written at that time and in the same transaction.
with root as (
    select p.id, p.channel_id, p.user_id, p.props, p.priority from posts p where p.id = @root_id
), heard as (
    -- Who follows the thread already, and who begins to: its author, who replies, whom root and reply mention, who follows all of the channel;
    -- but nobody for what a program said in their name.
    select t.user_id from thread_members t where t.root_id = @root_id
    union select root.user_id from root where root.props ->> 'from_webhook' is distinct from 'true'
    union select @viewer::uuid as user_id from root
    union select named from root, unnest(@mentioned::uuid[]) as named
    union select reader from root join post_mentions pm on pm.post_id = root.id, unnest(coalesce(pm.named, pm.users)) as reader
    union select cm.user_id from root, channel_members cm where cm.channel_id = @channel_id and cm.notify_props ->> 'channel_auto_follow_threads' = 'on'
)
-- Who replies has read the thread, and to be mentioned or to reply is to follow again.
insert into thread_members as t (root_id, user_id, channel_id, team_id, following, last_reply_at, last_viewed_at, unread_replies, unread_mentions, update_at, urgent)
select root.id, cm.user_id, c.id, c.team_id, true, reply.at,
       case when cm.user_id = @viewer then reply.at else reply.at - 1 end,
       case when cm.user_id = @viewer then 0 else 1 end,
       case when cm.user_id is distinct from @viewer and who is not null then 1 else 0 end, reply.at, root.priority = 'urgent'
from root cross join (select @at::bigint as at) reply join channels c on c.id = root.channel_id join channel_members cm on cm.channel_id = c.id join heard on heard.user_id = cm.user_id
left join unnest(@mentioned::uuid[]) as who on who = cm.user_id
on conflict (root_id, user_id) do update set
    following = t.following or excluded.unread_replies = 0 or excluded.unread_mentions > 0,
    last_reply_at = excluded.last_reply_at,
    last_viewed_at = case when excluded.unread_replies = 0 and (not @absent::bool or t.unread_replies = 0) then excluded.last_viewed_at else t.last_viewed_at end,
    unread_replies = case when excluded.unread_replies = 0 and (not @absent::bool or t.unread_replies = 0) then 0 else t.unread_replies + 1 end,
    unread_mentions = case when excluded.unread_replies = 0 and (not @absent::bool or t.unread_replies = 0) then 0 else t.unread_mentions + excluded.unread_mentions end,
    update_at = excluded.update_at;

-- name: PostByClaim :one
select p.* from post_claims c join posts p on p.id = c.post_id where c.user_id = @user_id and c.pending_id = @pending_id;

-- name: DeleteOldClaims :exec
delete from post_claims where create_at < @before;

-- name: PostByID :one
select * from posts where id = @id;

-- name: PostsByIDs :many
select * from posts where id = any(@ids::uuid[]) and (delete_at = 0 or @include_deleted::bool);

-- name: ReadablePostsByIDs :many
-- Those of channels that the user is in, and of public channels of their teams, but for guests.
select p.* from posts p join channels c on c.id = p.channel_id
where p.id = any(@ids::uuid[]) and p.delete_at = 0
  and (exists (select from channel_members m where m.channel_id = c.id and m.user_id = @user_id)
       or (c.type = 'O' and exists (select from team_members t where t.team_id = c.team_id and t.user_id = @user_id and t.delete_at = 0 and not t.guest)));

-- name: PostsPage :many
select * from posts
where channel_id = @channel_id and (delete_at = 0 or @include_deleted::bool) and (root_id is null or not @roots_only::bool)
order by create_at desc, id desc limit @max_rows offset @skip;

-- name: NewestUnless :many
-- The newest page, but its first post alone where it stands as it is known: these posts, each changed last at that time. Every change of a post moves its time on.
-- The longest page is said as a number so that one plan serves all: PostgreSQL takes a limit that it doesn't know for a tenth of the table, and would plan each time anew.
with newest as (
    select p.id, p.update_at from posts p
    where p.channel_id = @channel_id and (p.delete_at = 0 or @include_deleted::bool) and (p.root_id is null or not @roots_only::bool)
    order by p.create_at desc, p.id desc limit 201
), page as materialized (
    select newest.id, newest.update_at from newest limit @max_rows
), found as materialized (
    select array_agg(page.id) as ids, coalesce(array_agg(page.id) = @known::uuid[] and array_agg(page.update_at) = @changed::bigint[], false)::bool as stands from page
)
select sqlc.embed(posts), found.stands
from found, unnest(case when found.stands then found.ids[1:1] else found.ids end) with ordinality as shown(id, place) join posts on posts.id = shown.id
order by shown.place;

-- name: PostsBefore :many
-- Older than a point in the channel, newest first.
select * from posts
where channel_id = @channel_id and (create_at, id) < (@create_at::bigint, @id::uuid)
  and (delete_at = 0 or @include_deleted::bool) and (root_id is null or not @roots_only::bool)
order by create_at desc, id desc limit @max_rows offset @skip;

-- name: PostsAfter :many
-- Newer than a point in the channel, oldest first.
select * from posts
where channel_id = @channel_id and (create_at, id) > (@create_at::bigint, @id::uuid)
  and (delete_at = 0 or @include_deleted::bool) and (root_id is null or not @roots_only::bool)
order by create_at, id limit @max_rows offset @skip;

-- name: PostsSince :many
-- Whatever changed, the deleted among it: that is how a client learns of them.
select * from posts
where channel_id = @channel_id and update_at > @since and (root_id is null or not @roots_only::bool)
order by create_at desc, id desc limit @max_rows;

-- name: FirstUnread :one
select p.* from posts p join channel_members m on m.channel_id = p.channel_id and m.user_id = @user_id
where p.channel_id = @channel_id and p.create_at > m.last_viewed_at and p.delete_at = 0 and m.last_viewed_at > 0
  and (p.root_id is null or not @roots_only::bool)
order by p.create_at, p.id limit 1;

-- name: Thread :many
select * from posts where (id = @root_id or root_id = @root_id) and delete_at = 0 order by create_at desc, id desc;

-- name: PinnedPosts :many
select * from posts where channel_id = @channel_id and pinned and delete_at = 0 order by create_at desc, id desc;

-- name: EditPost :one
-- Keeps what it said before.
with old as (
    select p.id, p.message, p.props, p.update_at from posts p where p.id = @id and p.delete_at = 0 for update
), kept as (
    insert into post_edits (id, post_id, create_at, message, props)
    select @edit_id, old.id, @now, old.message, old.props from old where @edited::bool
)
update posts set message = @message, props = @props, hashtags = @hashtags,
    update_at = greatest(@now, old.update_at + 1), edit_at = case when @edited::bool then greatest(@now, old.update_at + 1) else edit_at end
from old where posts.id = old.id
returning posts.*;

-- name: PostEdits :many
select * from post_edits where post_id = @post_id order by create_at desc, id desc limit 100;

-- name: PinPost :one
update posts set pinned = @pinned, update_at = greatest(@now, update_at + 1) where id = @id and delete_at = 0 returning *;

-- name: DeletePost :many
-- A root takes its replies with it. The channel's numbers never go back.
with gone as (
    select p.root_id, p.create_at, p.user_id from posts p where p.id = @id and p.delete_at = 0
), kept as (
    select p.user_id, max(p.create_at) as last from posts p join gone on gone.root_id = p.root_id
    where p.id <> @id and p.delete_at = 0 group by p.user_id
), root as (
    update posts r set reply_count = r.reply_count - 1, update_at = greatest(@now::bigint, r.update_at + 1),
        last_reply_at = coalesce((select max(kept.last) from kept), 0),
        participants = coalesce((select array_agg(kept.user_id order by kept.last) from kept), '{}')
    from gone where r.id = gone.root_id
), thread as (
    update thread_members t set last_reply_at = coalesce((select max(kept.last) from kept), 0), update_at = @now,
        unread_replies = t.unread_replies - case when t.last_viewed_at < gone.create_at then 1 else 0 end,
        unread_mentions = t.unread_mentions - case when t.last_viewed_at < gone.create_at and exists (
            select from post_mentions rm where rm.post_id = @id and (rm.everyone and t.user_id <> gone.user_id or t.user_id = any(rm.users))) then 1 else 0 end
    from gone where t.root_id = gone.root_id
), threads_gone as (
    update thread_members t set delete_at = @now, update_at = @now from gone where t.root_id = @id
), files_gone as (
    update files f set delete_at = @now, update_at = @now
    where f.post_id in (select p.id from posts p where (p.id = @id or p.root_id = @id) and p.delete_at = 0)
)
update posts set delete_at = @now, update_at = greatest(@now, posts.update_at + 1)
where (posts.id = @id or posts.root_id = @id) and posts.delete_at = 0 returning posts.*;

-- name: SetUnreadFrom :one
-- The member is taken back to just before the post; posts deleted since don't count as unread. In direct and group messages all that
-- others say is a mention.
update channel_members m set
    read_seq = c.seq - since.posts, read_root_seq = c.root_seq - since.roots, mention_count = since.mentions, mention_count_root = since.root_mentions,
    urgent_mention_count = since.urgent_mentions,
    last_viewed_at = @viewed_at, last_update_at = @now
from channels c cross join lateral (
    select count(*) as posts, count(*) filter (where p.root_id is null) as roots,
           count(*) filter (where p.mentions) as mentions, count(*) filter (where p.mentions and p.root_id is null) as root_mentions,
           count(*) filter (where p.mentions and p.priority = 'urgent') as urgent_mentions
    from (select p.root_id, p.priority, p.user_id <> @user_id and c.team_id is null or coalesce(pm.everyone and p.user_id <> @user_id or @user_id = any(pm.users), false) as mentions
          from posts p left join post_mentions pm on pm.post_id = p.id
          where p.channel_id = c.id and p.create_at >= @create_at::bigint and p.delete_at = 0 and p.type not like 'system\_%') p
) since
where c.id = m.channel_id and m.channel_id = @channel_id and m.user_id = @user_id
returning m.*;

-- name: MentionCandidates :many
-- Members of the channel whose name is one of those, or that of a group of theirs, or one of whose words is; or all of them. Word by word, so that
-- the index is used.
with found as (
    select who.id, bool_or(who.grouped) as grouped from (
        select n.id, false as grouped from users n where n.username = any(@names::text[])
        union all select g.user_id, true from
            (select ug.id from user_groups ug where @groups::bool and ug.name = any(@names) and ug.delete_at = 0 order by ug.name limit 20) named -- of up to 1000 members each
            join group_members g on g.group_id = named.id
        union all select w.id, false from unnest(@words::text[]) as word join users w on w.mention_words @> array[word]
        union all select a.user_id, false from channel_members a where a.channel_id = @channel_id and @everyone::bool
    ) who group by who.id
)
select u.id, u.username, u.first_name, u.notify_props, coalesce(m.notify_props ->> 'ignore_channel_mentions', '')::text as ignores, found.grouped
from found join channel_members m on m.channel_id = @channel_id and m.user_id = found.id join users u on u.id = m.user_id
where u.delete_at = 0;

-- name: CountPosts :one
select coalesce(sum(seq), 0)::bigint from channels;

-- name: Acknowledge :one
insert into acknowledgements (post_id, user_id, acknowledged_at) values (@post_id, @user_id, @now)
on conflict (post_id, user_id) do update set acknowledged_at = acknowledgements.acknowledged_at
returning *;

-- name: Unacknowledge :one
delete from acknowledgements where post_id = @post_id and user_id = @user_id and acknowledged_at >= @since returning *;

-- name: AcknowledgementsOfPosts :many
select * from acknowledgements where post_id = any(@post_ids::uuid[]) order by acknowledged_at, user_id;

-- name: TouchPost :one
-- Has clients take a post anew that shows something else, though it says the same.
update posts set update_at = greatest(@now::bigint, update_at + 1) where id = @id and delete_at = 0 returning *;

-- name: PostsShownIn :many
-- Those of the posts that everybody may read who reads one of the channels, with that channel.
select sqlc.embed(p), sqlc.embed(c), s.id as shown_in, coalesce(t.name, '')::text as team_name
from posts p join channels c on c.id = p.channel_id left join teams t on t.id = c.team_id
join channels s on s.id = any(@channels::uuid[])
where p.id = any(@ids::uuid[]) and p.delete_at = 0
  and (c.id = s.id
       or (c.type = 'O' and c.team_id = s.team_id and not exists (
           select from channel_members m where m.channel_id = s.id and m.guest
             and not exists (select from channel_members cm where cm.channel_id = c.id and cm.user_id = m.user_id)))
       or (s.type <> 'O' and not exists (
           select from channel_members m where m.channel_id = s.id
             and not exists (select from channel_members cm where cm.channel_id = c.id and cm.user_id = m.user_id)
             and not (c.type = 'O' and exists (select from team_members tm where tm.team_id = c.team_id and tm.user_id = m.user_id and tm.delete_at = 0 and not tm.guest)))))
order by p.id;
