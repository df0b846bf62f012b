-- Times are milliseconds since 1970, as the protocol has them; 0 means never.

create table schema_version (
    one     boolean primary key default true check (one),
    version integer not null
);
insert into schema_version (version) values (1);

-- One row, written by the first `serve` and not here: blank workspaces may be copied from a migrated template.
create table workspace (
    one           boolean primary key default true check (one),
    diagnostic_id uuid    not null,
    config_hash   text    not null,
    installed_at  bigint  not null
);

create table users (
    id                   uuid    primary key,
    create_at            bigint  not null,
    update_at            bigint  not null,
    delete_at            bigint  not null default 0,
    username             text    not null unique check (username = lower(username)),
    email                text    not null unique check (email = lower(email)),
    email_verified       boolean not null default false,
    nickname             text    not null default '',
    first_name           text    not null default '',
    last_name            text    not null default '',
    position             text    not null default '',
    roles                text    not null,
    locale               text    not null default 'en',
    props                jsonb   not null default '{}',
    notify_props         jsonb   not null default '{}',
    timezone             jsonb   not null default '{}',
    password_hash        text,   -- null: nobody has set one; signs in by link only
    last_password_update bigint  not null default 0,
    last_picture_update  bigint  not null default 0,
    last_login           bigint  not null default 0,
    failed_attempts      integer not null default 0,
    last_failure_at      bigint  not null default 0
);
create index users_by_update on users (update_at);

create table sessions (
    id               uuid   primary key,
    token_hash       bytea  not null unique,
    user_id          uuid   not null references users on delete cascade,
    create_at        bigint not null,
    expires_at       bigint not null,
    last_activity_at bigint not null,
    device_id        text   not null default '',
    csrf             text   not null,
    props            jsonb  not null default '{}'
);
create index sessions_by_user on sessions (user_id);

create table sign_in_links (
    token_hash bytea  primary key,
    user_id    uuid   not null references users on delete cascade,
    expires_at bigint not null
);

create table teams (
    id                uuid    primary key,
    create_at         bigint  not null,
    update_at         bigint  not null,
    delete_at         bigint  not null default 0,
    name              text    not null unique,
    display_name      text    not null,
    description       text    not null default '',
    email             text    not null default '',
    type              text    not null check (type in ('O', 'I')),
    company_name      text    not null default '',
    allowed_domains   text    not null default '',
    invite_id         text    not null unique,
    allow_open_invite boolean not null default false
);

create table team_members (
    team_id   uuid    not null references teams on delete cascade,
    user_id   uuid    not null references users on delete cascade,
    create_at bigint  not null,
    delete_at bigint  not null default 0,
    admin     boolean not null default false,
    primary key (team_id, user_id)
);
create index team_members_by_user on team_members (user_id);

-- seq and root_seq are total_msg_count and total_msg_count_root exactly: they only grow. No index touches a column
-- that a post changes, so that the update stays on its page.
create table channels (
    id                uuid   primary key,
    team_id           uuid   references teams on delete cascade, -- null: direct or group message
    type              text   not null check (type in ('O', 'P', 'D', 'G')),
    name              text   not null,
    display_name      text   not null default '',
    header            text   not null default '',
    purpose           text   not null default '',
    creator_id        uuid,
    create_at         bigint not null,
    update_at         bigint not null,
    delete_at         bigint not null default 0,
    last_post_at      bigint not null default 0,
    last_root_post_at bigint not null default 0,
    seq               bigint not null default 0,
    root_seq          bigint not null default 0,
    constraint channels_name_unique unique nulls not distinct (team_id, name),
    constraint channels_team_by_type check ((team_id is null) = (type in ('D', 'G')))
) with (fillfactor = 70);

-- Unread is channels.seq - read_seq: a post writes no row per member.
create table channel_members (
    channel_id           uuid    not null references channels on delete cascade,
    user_id              uuid    not null references users on delete cascade,
    admin                boolean not null default false,
    read_seq             bigint  not null default 0,
    read_root_seq        bigint  not null default 0,
    last_viewed_at       bigint  not null default 0,
    last_update_at       bigint  not null,
    mention_count        bigint  not null default 0,
    mention_count_root   bigint  not null default 0,
    urgent_mention_count bigint  not null default 0,
    notify_props         jsonb   not null default '{}',
    primary key (channel_id, user_id)
) with (fillfactor = 80);
create index channel_members_by_user on channel_members (user_id);

-- Who was in a channel when: compliance needs it from the first day.
create table channel_member_history (
    channel_id uuid   not null references channels on delete cascade,
    user_id    uuid   not null references users on delete cascade,
    join_at    bigint not null,
    leave_at   bigint,
    primary key (channel_id, user_id, join_at)
);

create table posts (
    id            uuid    primary key,
    channel_id    uuid    not null references channels on delete cascade,
    user_id       uuid    not null references users,
    root_id       uuid    references posts on delete cascade,
    seq           bigint  not null,
    root_seq      bigint  not null,
    create_at     bigint  not null,
    update_at     bigint  not null,
    edit_at       bigint  not null default 0,
    delete_at     bigint  not null default 0,
    type          text    not null default '',
    message       text    not null,
    props         jsonb   not null default '{}',
    hashtags      text    not null default '',
    pinned        boolean not null default false,
    has_files     boolean not null default false,
    has_reactions boolean not null default false,
    reply_count   bigint  not null default 0,
    last_reply_at bigint  not null default 0
);
create index posts_by_channel on posts (channel_id, create_at desc, id desc);
create index posts_by_update on posts (channel_id, update_at);
create index posts_by_root on posts (root_id, create_at) where root_id is not null;
create index posts_pinned on posts (channel_id) where pinned;

-- A post that a client repeats with the same pending id is the same post.
create table post_claims (
    user_id    uuid   not null references users on delete cascade,
    pending_id text   not null,
    post_id    uuid   not null,
    create_at  bigint not null,
    primary key (user_id, pending_id)
);
create index post_claims_by_age on post_claims (create_at);

-- What a post said before an edit; its wire shape is rebuilt from here and the post.
create table post_edits (
    id        uuid   primary key,
    post_id   uuid   not null references posts on delete cascade,
    create_at bigint not null,
    message   text   not null,
    props     jsonb  not null
);
create index post_edits_by_post on post_edits (post_id, create_at desc);

create table reactions (
    post_id    uuid   not null references posts on delete cascade,
    user_id    uuid   not null references users on delete cascade,
    emoji_name text   not null,
    channel_id uuid   not null,
    create_at  bigint not null,
    primary key (post_id, user_id, emoji_name)
);

create table files (
    id         uuid    primary key,
    creator_id uuid    not null references users,
    channel_id uuid    not null references channels on delete cascade,
    post_id    uuid    references posts on delete cascade,
    create_at  bigint  not null,
    update_at  bigint  not null,
    delete_at  bigint  not null default 0,
    name       text    not null,
    extension  text    not null,
    mime_type  text    not null,
    size       bigint  not null,
    width      integer not null default 0,
    height     integer not null default 0,
    position   integer not null default 0
);
create index files_by_post on files (post_id) where post_id is not null;
create index files_by_channel on files (channel_id);

create table preferences (
    user_id  uuid not null references users on delete cascade,
    category text not null,
    name     text not null,
    value    text not null,
    primary key (user_id, category, name)
);
