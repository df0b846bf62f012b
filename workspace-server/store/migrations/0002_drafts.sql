-- What somebody has begun to write, and not posted. It goes with its post.
create table drafts (
    user_id    uuid   not null references users on delete cascade,
    channel_id uuid   not null references channels on delete cascade,
    root_id    uuid   references posts on delete cascade, -- null: no reply
    create_at  bigint not null,
    update_at  bigint not null,
    message    text   not null,
    type       text   not null default '',
    props      jsonb  not null default '{}',
    priority   jsonb  not null default '{}',
    file_ids   uuid[] not null default '{}',
    constraint drafts_unique unique nulls not distinct (user_id, channel_id, root_id)
);
