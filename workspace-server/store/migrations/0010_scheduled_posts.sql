-- What somebody has written to be posted later. A row goes when its post is there; one that can't be posted stays, and says why.
create table scheduled_posts (
    id           uuid   primary key,
    user_id      uuid   not null references users on delete cascade,
    channel_id   uuid   not null references channels on delete cascade,
    root_id      uuid   references posts on delete cascade,
    create_at    bigint not null,
    update_at    bigint not null,
    message      text   not null,
    type         text   not null default '',
    props        jsonb  not null default '{}',
    priority     jsonb  not null default '{}',
    file_ids     uuid[] not null default '{}',
    scheduled_at bigint not null,
    processed_at bigint not null default 0, -- when it could not be posted
    error_code   text   not null default ''
);
create index scheduled_posts_due on scheduled_posts (scheduled_at) where processed_at = 0;
create index scheduled_posts_by_user on scheduled_posts (user_id);
