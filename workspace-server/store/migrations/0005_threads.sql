-- Who hears of replies to a root. unread_replies are those after last_viewed_at, and unread_mentions those of them that mention the user:
-- both are kept in the statement that writes or deletes a reply, so that a list and its totals read one index.
create table thread_members (
    root_id         uuid    not null references posts on delete cascade,
    user_id         uuid    not null references users on delete cascade,
    channel_id      uuid    not null,
    team_id         uuid,   -- null: direct or group message
    following       boolean not null,
    last_reply_at   bigint  not null, -- the root's; 0: nobody has replied
    last_viewed_at  bigint  not null,
    unread_replies  bigint  not null default 0,
    unread_mentions bigint  not null default 0,
    update_at       bigint  not null,
    delete_at       bigint  not null default 0, -- the root's
    primary key (root_id, user_id)
);
create index thread_members_by_user on thread_members (user_id, last_reply_at, root_id)
    include (team_id, unread_replies, unread_mentions, update_at, delete_at) where following;
create index thread_members_by_channel on thread_members (user_id, channel_id);
create index thread_members_unread on thread_members (user_id, channel_id) where unread_replies > 0;
create index channel_members_auto_follow on channel_members (channel_id) where notify_props ->> 'channel_auto_follow_threads' = 'on';

-- Whom a post mentions, so that what is unread can be counted again, and who is mentioned in a root follows its thread. In direct and
-- group messages only replies have a row: there all that others say is a mention.
create table post_mentions (
    post_id  uuid    primary key references posts on delete cascade,
    users    uuid[]  not null,
    everyone boolean not null -- in the channel
);

-- Who has replied to a root, that who did last at the end.
alter table posts add column participants uuid[] not null default '{}';

with replies as (
    select root_id, user_id, max(create_at) as last from posts where root_id is not null and delete_at = 0 group by root_id, user_id
), by_root as (
    select root_id, array_agg(user_id order by last) as users from replies group by root_id
)
update posts set participants = by_root.users from by_root where posts.id = by_root.root_id;

-- What was said before threads were followed has been read.
insert into thread_members (root_id, user_id, channel_id, team_id, following, last_reply_at, last_viewed_at, update_at, delete_at)
select p.id, m.user_id, p.channel_id, c.team_id, true, p.last_reply_at, p.last_reply_at, p.last_reply_at, p.delete_at
from posts p join channels c on c.id = p.channel_id join channel_members m on m.channel_id = p.channel_id
where p.reply_count > 0 and (m.user_id = p.user_id or m.user_id = any(p.participants));
