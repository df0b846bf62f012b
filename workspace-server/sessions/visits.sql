-- name: NoteSessionAddress :exec
-- Once, of requests that come together.
update sessions set address = @address, address_at = @now where id = @id and (address_at <= @before or address_at > @now);

-- name: ForgetSessionAddresses :exec
update sessions set address = '', address_at = 0 where address <> '' and address_at < @before;

-- name: Visits :many
-- By whom and from where sessions were used last that are still good, and how many there are in all.
select u.id as user_id, u.username, s.address, count(*) as sessions, max(s.address_at)::bigint as last_at, (sum(count(*)) over ())::bigint as all_sessions
from sessions s join users u on u.id = s.user_id
where s.address <> '' and s.address_at >= @since and s.expires_at > @now and u.delete_at = 0
group by u.id, u.username, s.address
order by last_at desc, u.id, s.address
limit @most;
