-- What a channel has at its top: links and files. Their places are 0, 1, 2, ... of those that are there.
create table bookmarks (
    id           uuid   primary key,
    channel_id   uuid   not null references channels on delete cascade,
    owner_id     uuid   not null references users,
    file_id      uuid   references files,
    create_at    bigint not null,
    update_at    bigint not null,
    delete_at    bigint not null default 0,
    display_name text   not null,
    sort_order   bigint not null,
    link_url     text   not null default '',
    image_url    text   not null default '',
    emoji        text   not null default '',
    type         text   not null check (type in ('link', 'file'))
);
create index bookmarks_by_channel on bookmarks (channel_id, sort_order);
create index bookmarks_by_file on bookmarks (file_id) where file_id is not null and delete_at = 0;
