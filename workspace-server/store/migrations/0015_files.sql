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

-- A file's name as words: marks part them, and each sign of Chinese, Japanese and Korean is one, so that a part of what has no spaces is
-- found as a phrase. The words that somebody looks for are taken apart the same way (search/filewords.go).
create function file_words(name text) returns tsvector language sql immutable parallel safe
return to_tsvector('simple', regexp_replace(regexp_replace(normalize(name, nfkc),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u303f]+', ' ', 'g'),
    '([\u2e80-\u2fdf\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g'));

-- Kept, and not worked out again as those of posts are: to look for a phrase, or for what is not there, takes them for every match. Files of
-- before get theirs a few at a time (search/search.sql): to write them all here would keep everybody from every file for as long.
alter table files add column words tsvector;
create function note_file_words() returns trigger language plpgsql as $$ begin new.words := file_words(new.name); return new; end $$;
create trigger files_words before insert on files for each row execute function note_file_words();
create index files_without_words on files (id) where words is null;
create index files_by_word on files using gin (words) where post_id is not null and delete_at = 0;
create index files_by_time on files (create_at desc, id desc) where post_id is not null and delete_at = 0;

-- What public links of files are made with; nobody is told it.
alter table workspace add column link_secret bytea not null default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
