-- name: TakeNotifications :many
-- They are nobody else's until the transaction ends.
select post_id from notifications order by post_id limit @max_rows for update skip locked;

-- name: DropNotifications :exec
delete from notifications where post_id = any(@posts::uuid[]);

-- name: WhoHears :many
-- Members whom a post mentions, who follow its thread or want to be told of everything, with what they have said of being told. Not the author,
-- unless a program speaks in their name and mentions them; nor who is deactivated, or a bot.
with told as (
    select p.id, p.channel_id, p.user_id, p.root_id, p.create_at, c.team_id is null as direct, coalesce(pm.everyone, false) as everyone, coalesce(pm.users, '{}') as users
    from posts p join channels c on c.id = p.channel_id and c.delete_at = 0 left join post_mentions pm on pm.post_id = p.id
    where p.id = @post and p.delete_at = 0 and p.create_at > @since::bigint
), heard as (
    select told.id, named as user_id from told, unnest(told.users) as named
    union select told.id, m.user_id from told join channel_members m on m.channel_id = told.channel_id where told.direct or told.everyone
    union select told.id, t.user_id from told join thread_members t on t.root_id = told.root_id where t.following
    union select told.id, m.user_id from told join channel_members m on m.channel_id = told.channel_id where m.notify_props ->> 'push' = 'all'
    union select told.id, u.id from told, users u where u.notify_props ->> 'push' = 'all'
)
select told.id as post_id, told.channel_id, told.create_at, u.id as user_id, u.email_verified, u.notify_props, m.notify_props as member_props,
    (told.root_id is not null)::bool as reply,
    (told.direct or told.everyone or u.id = any(told.users))::bool as mentioned,
    (t.user_id is not null)::bool as follows,
    (p.props -> 'force_notification' is not null)::bool as forced,
    coalesce((select f.value from preferences f where f.user_id = u.id and f.category = 'notifications' and f.name = 'email_interval'), '')::text as email_interval,
    array(select s.id from sessions s where s.user_id = u.id and s.device_id <> '' and s.expires_at > @now::bigint)::uuid[] as devices
from heard join told on told.id = heard.id join posts p on p.id = told.id
join channel_members m on m.channel_id = told.channel_id and m.user_id = heard.user_id
join users u on u.id = heard.user_id and u.delete_at = 0 and not u.is_bot
left join thread_members t on t.root_id = told.root_id and t.user_id = u.id and t.following
where u.id <> told.user_id or u.id = any(told.users);

-- name: OwePushes :exec
-- Nothing where the session has ended meanwhile.
insert into pushes (id, session_id, post_id, due_at)
select o.id, s.id, o.post_id, @now::bigint
from (select unnest(@ids::uuid[]) as id, unnest(@sessions::uuid[]) as session_id, unnest(@posts::uuid[]) as post_id) o
join sessions s on s.id = o.session_id
order by s.id for key share of s
on conflict do nothing;

-- name: OweLetters :exec
-- Who is owed one already gets it when it was due, and of more.
insert into letters_owed as l (user_id, due_at)
select o.user_id, min(o.due_at) from (select unnest(@users::uuid[]) as user_id, unnest(@due::bigint[]) as due_at) o group by o.user_id order by o.user_id
on conflict (user_id) do update set due_at = least(l.due_at, excluded.due_at);

-- name: NoteLetterPosts :exec
insert into letter_posts (user_id, post_id) select unnest(@users::uuid[]), unnest(@posts::uuid[]) on conflict do nothing;

-- name: TakeLetter :one
-- It is nobody else's until the transaction ends.
select user_id from letters_owed where due_at <= @now order by due_at, user_id limit 1 for update skip locked;

-- name: NextLetter :one
select coalesce(min(due_at), 0)::bigint from letters_owed;

-- name: LetterOf :many
-- What somebody is owed a letter of and may still read, but for what they have read, or was posted before they were here last.
select sqlc.embed(p), sqlc.embed(c), sqlc.embed(u), coalesce(t.name, '')::text as team_name, coalesce(t.display_name, '')::text as team, a.username as author
from letter_posts l join posts p on p.id = l.post_id and p.delete_at = 0 join channels c on c.id = p.channel_id and c.delete_at = 0
join channel_members m on m.channel_id = c.id and m.user_id = l.user_id
join users u on u.id = l.user_id and u.delete_at = 0
join users a on a.id = p.user_id
left join teams t on t.id = c.team_id
left join thread_members th on th.root_id = p.root_id and th.user_id = l.user_id
where l.user_id = @user_id and p.create_at > @active::bigint
  and case when th.user_id is not null then th.last_viewed_at < p.create_at else m.last_viewed_at < p.create_at end
order by p.create_at, p.id limit @max_rows;

-- name: DropLetter :exec
delete from letters_owed where user_id = @user_id;

-- name: TakePushes :many
-- Those that are due, and no other instance's until then: whoever takes them and dies leaves them to be taken again.
update pushes set attempts = attempts + 1, due_at = @until
where id in (select o.id from pushes o where o.due_at <= @now order by o.due_at limit @max_rows for update skip locked)
returning *;

-- name: PushesToSend :many
-- What they say, of those whose receiver may still read it, and has not: who owes a second factor reads nothing.
select sqlc.embed(n), sqlc.embed(p), sqlc.embed(c), s.user_id as receiver, s.device_id, a.username as author
from pushes n join sessions s on s.id = n.session_id and s.device_id <> '' and s.expires_at > @now
join posts p on p.id = n.post_id and p.delete_at = 0 join channels c on c.id = p.channel_id and c.delete_at = 0
join channel_members m on m.channel_id = c.id and m.user_id = s.user_id
join users u on u.id = s.user_id and u.delete_at = 0
    and not (case when u.guest then @guests_owe::bool else @people_owe::bool end and not u.second_factor and not u.is_bot and s.props ->> 'oauth_app_id' is null)
join users a on a.id = p.user_id
left join thread_members th on th.root_id = p.root_id and th.user_id = s.user_id
where n.id = any(@ids::uuid[])
  and case when th.user_id is not null then th.last_viewed_at < p.create_at else m.last_viewed_at < p.create_at end;

-- name: Badges :many
-- How many mentions people have not read: in channels, where in direct and group messages everything is one, and in threads that they follow.
select u.id as user_id,
    ((select coalesce(sum(case when c.team_id is null then greatest(c.root_seq - m.read_root_seq, 0) else m.mention_count_root end), 0)
      from channel_members m join channels c on c.id = m.channel_id and c.delete_at = 0
      where m.user_id = u.id and m.notify_props ->> 'mark_unread' is distinct from 'mention')
   + (select coalesce(sum(t.unread_mentions), 0) from thread_members t where t.user_id = u.id and t.following and t.unread_replies > 0 and t.delete_at = 0))::bigint as mentions
from users u where u.id = any(@users::uuid[]);

-- name: DropPushes :exec
delete from pushes where id = any(@ids::uuid[]);

-- name: PutPushOff :exec
update pushes set due_at = @due_at where id = @id;

-- name: NextPush :one
select coalesce(min(due_at), 0)::bigint from pushes;

-- name: ForgetDevice :exec
-- It is no longer there; what it was to be told goes as well.
with session as (
    update sessions s set device_id = '' where s.device_id = @device_id returning s.id
)
delete from pushes n using session where n.session_id = session.id;

-- name: DevicesOf :many
-- Of those of the users who have phones, with whether they want to be told of everything.
select s.id, s.user_id, s.device_id, (u.notify_props ->> 'push' is not distinct from 'all')::bool as told_all
from sessions s join users u on u.id = s.user_id and u.delete_at = 0
where s.user_id = any(@users::uuid[]) and s.device_id <> '' and s.expires_at > @now;

