-- What a tidy looks for: uploads that no post has, and files that are gone.
create index files_unposted on files (create_at) where post_id is null;
create index files_gone on files (delete_at) where delete_at > 0;

-- Uploads that can go on after they were interrupted. Who writes now holds one until a time; what comes from another changes nothing.
create table uploads (
    id          uuid    primary key,
    user_id     uuid    not null references users,
    channel_id  uuid    not null references channels on delete cascade,
    create_at   bigint  not null,
    update_at   bigint  not null,
    delete_at   bigint  not null default 0,
    filename    text    not null,
    file_size   bigint  not null check (file_size > 0),
    file_offset bigint  not null default 0,
    pieces      integer not null default 0,
    writer      uuid,
    held_until  bigint  not null default 0,
    file_id     uuid,   -- what it has become
    check (file_offset between 0 and file_size)
);
create index uploads_by_user on uploads (user_id, create_at) where file_id is null and delete_at = 0;
create index uploads_by_age on uploads (update_at);

-- What came of an upload. The object has the piece's id; the size is 0 until it is in the bucket, and counted in file_offset.
create table upload_pieces (
    id        uuid   primary key,
    upload_id uuid   not null references uploads on delete cascade,
    begins_at bigint not null,
    size      bigint not null default 0
);
create index upload_pieces_by_upload on upload_pieces (upload_id);
create unique index upload_pieces_in_order on upload_pieces (upload_id, begins_at) where size > 0;
