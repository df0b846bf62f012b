-- name: LinkPreviews :many
select hash, kind, data, images, failed, fetched_at from link_previews where hash = any(@hashes::bytea[]) and fetched_at > 0;

-- name: ClaimLink :one
-- No row where it was fetched lately. Else the post waits for it, and it is the caller's to fetch unless somebody is at it.
insert into link_previews as l (hash, fetcher, fetch_until, waiting) values (@hash, @fetcher::uuid, @until, array[@post_id::uuid])
on conflict (hash) do update set
    waiting = array_append(array_remove(l.waiting, @post_id), @post_id),
    fetcher = case when l.fetch_until < @now::bigint then excluded.fetcher else l.fetcher end,
    fetch_until = case when l.fetch_until < @now then excluded.fetch_until else l.fetch_until end
where l.fetched_at <= case when l.failed then @failed_before::bigint else @fetched_before::bigint end
returning (fetcher = @fetcher)::bool as mine;

-- name: SettleLink :one
-- Answers which posts wait for it. No row where it was taken from who comes too late.
with old as (
    select l.hash, l.waiting from link_previews l where l.hash = @hash and l.fetcher = @fetcher::uuid for update
)
update link_previews set kind = @kind, data = @data, images = @images, failed = @failed, fetched_at = @now, fetcher = null, fetch_until = 0, waiting = '{}'
from old where link_previews.hash = old.hash
returning old.waiting;

-- name: DeleteOldLinkPreviews :exec
delete from link_previews where fetched_at < @before::bigint and fetch_until < @before;
