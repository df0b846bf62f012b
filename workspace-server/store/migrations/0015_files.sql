-- What a tidy looks for: uploads that no post has, and files that are gone.
create index files_unposted on files (create_at) where post_id is null;
create index files_gone on files (delete_at) where delete_at > 0;
