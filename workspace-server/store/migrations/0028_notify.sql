-- Posts of which somebody may have to be told who is not looking: by a phone, or by mail. A row is written with its post, and goes when it was decided who.
create table notifications (
    post_id uuid primary key references posts on delete cascade
);

-- What phones are to be told. A row goes when the push proxy has it; its id is by what a phone knows that it has had it already.
create table pushes (
    id         uuid    primary key,
    session_id uuid    not null references sessions on delete cascade,
    post_id    uuid    not null references posts on delete cascade,
    attempts   integer not null default 0,
    due_at     bigint  not null,
    constraint pushes_once unique (session_id, post_id)
);
create index pushes_due on pushes (due_at);
create index pushes_by_post on pushes (post_id);
create index sessions_with_device on sessions (user_id) where device_id <> '';

-- Who is owed a letter, from when on, and of which posts.
create table letters_owed (
    user_id uuid   primary key references users on delete cascade,
    due_at  bigint not null
);
create index letters_owed_due on letters_owed (due_at);
create table letter_posts (
    user_id uuid not null references letters_owed on delete cascade,
    post_id uuid not null references posts on delete cascade,
    primary key (user_id, post_id)
);
create index letter_posts_by_post on letter_posts (post_id);

-- Who wants to be told of everything, which is asked with every post.
create index users_told_all on users (id) where notify_props ->> 'push' = 'all';
create index channel_members_told_all on channel_members (channel_id) where notify_props ->> 'push' = 'all';

-- What people said themselves of their presence; it holds until they take it back, also where the server is started again meanwhile.
create table chosen_statuses (
    user_id      uuid   primary key references users on delete cascade,
    status       text   not null check (status in ('away', 'dnd', 'offline')),
    dnd_end_time bigint not null -- in seconds; 0: until it is taken back
);

-- By which phones know that it is this workspace that tells them something: an EC private key (P-256), in DER.
alter table workspace add column signing_key bytea;
