-- name: RegisterRelease :one
insert into releases (id, engine, version, channel, sha256, path, capabilities, schema, created_at)
values (@id, @engine, @version, @channel, @sha256, @path, @capabilities, @schema, @created_at)
on conflict on constraint releases_artefact_key
    do update set path = excluded.path, capabilities = excluded.capabilities, schema = excluded.schema,
        registered = nextval('release_registrations')
returning *;

-- name: ListReleases :many
select * from releases order by id desc;

-- name: GetRelease :one
select * from releases where id = @id;

-- name: NewestRelease :one
select * from releases where engine = 'longhouse' and channel = 'stable' order by registered desc limit 1;
