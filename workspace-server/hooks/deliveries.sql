-- name: OweDeliveries :one
-- In the transaction that stores the post, as far as there is room, of the workspace and of a hook: how many found none. Nothing where the hook has ended
-- meanwhile, or is about to: only that locks it against this, and the post, which has its channel by then, waits for nobody who may want that.
with room as (
    select count(*) as taken from (select 1 from hook_deliveries limit sqlc.arg(most)::bigint) d
), unheard as materialized (
    select h.id from (select distinct unnest(@hooks::uuid[]) as id) h
    where (select count(*) from (select 1 from hook_deliveries d where d.hook_id = h.id limit sqlc.arg(most_of_one)::bigint) d) >= sqlc.arg(most_of_one)::bigint
), wanted as (
    select w.*, w.place + room.taken <= sqlc.arg(most)::bigint and w.hook_id not in (select unheard.id from unheard) as fits
    from (select unnest(@ids::uuid[]) as id, unnest(@hooks::uuid[]) as hook_id, unnest(@addresses::text[]) as address, unnest(@hosts::text[]) as host, unnest(@words::text[]) as word,
          generate_subscripts(@ids, 1) as place) w cross join room
), owed as (
    insert into hook_deliveries (id, hook_id, post_id, address, host, word, due_at)
    select w.id, h.id, @post_id, w.address, w.host, w.word, @now::bigint
    from wanted w join outgoing_hooks h on h.id = w.hook_id
    where w.fits
    order by h.id for key share of h skip locked
    on conflict do nothing
)
select count(*)::bigint as left_out from wanted where not wanted.fits;

-- name: TakeDelivery :one
-- The one that has been due longest, of those to hosts that are not busy; no other instance's until then: whoever takes it and dies leaves it to be taken again.
update hook_deliveries set attempts = attempts + 1, due_at = @until
where id = (select o.id from hook_deliveries o where o.due_at <= @now and o.host <> all(@busy::text[]) order by o.due_at limit 1 for update skip locked)
returning *;

-- name: NextDelivery :one
select coalesce(min(due_at), 0)::bigint from hook_deliveries where host <> all(@busy::text[]);

-- name: DeliveryToTell :one
-- What there is to say, if there still is: the post is there, in a channel that is public, and the hook has that address.
select sqlc.embed(h), sqlc.embed(p), c.name as channel_name, t.name as team_name, u.username
from hook_deliveries d join outgoing_hooks h on h.id = d.hook_id and d.address = any(h.callback_urls)
join posts p on p.id = d.post_id and p.delete_at = 0 join channels c on c.id = p.channel_id and c.type = 'O'
join teams t on t.id = h.team_id join users u on u.id = p.user_id
where d.id = @id;

-- name: DropDelivery :execrows
delete from hook_deliveries where id = @id;

-- name: PutDeliveryOff :exec
-- Unless another instance has taken it since.
update hook_deliveries set due_at = @due_at where id = @id and attempts = @attempts;

-- name: GiveDeliveryBack :exec
-- As if it had not been taken, unless another instance has since.
update hook_deliveries set due_at = @now, attempts = attempts - 1 where id = @id and attempts = @attempts;
