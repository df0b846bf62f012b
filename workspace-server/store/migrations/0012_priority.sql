-- Of roots: '', 'important' or 'urgent', and whether who reads it is asked to say so.
alter table posts
    add column priority      text    not null default '' constraint posts_priority_check check (priority in ('', 'important', 'urgent')),
    add column requested_ack boolean not null default false;

create table acknowledgements (
    post_id         uuid   not null references posts on delete cascade,
    user_id         uuid   not null references users on delete cascade,
    acknowledged_at bigint not null,
    primary key (post_id, user_id)
);

-- Mentions in the threads of urgent roots are counted apart.
alter table thread_members add column urgent boolean not null default false;
drop index thread_members_by_user;
create index thread_members_by_user on thread_members (user_id, last_reply_at, root_id)
    include (team_id, unread_replies, unread_mentions, update_at, delete_at, urgent) where following;
