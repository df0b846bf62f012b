-- name: PutTLSValue :exec
insert into tls_values (key, value, size, modified_at) values (@key, @value, @size, @now)
on conflict (key) do update set value = excluded.value, size = excluded.size, modified_at = excluded.modified_at;

-- name: AddTLSValue :exec
insert into tls_values (key, value, size, modified_at) values (@key, @value, @size, @now) on conflict (key) do nothing;

-- name: GetTLSValue :one
select * from tls_values where key = @key;

-- name: RemoveTLSValues :exec
-- A key that others begin with goes with these.
delete from tls_values where key = @key or starts_with(key, @key || '/');

-- name: ListTLSKeys :many
select key from tls_values where @under::text = '' or starts_with(key, @under::text || '/') order by key;

-- name: HasTLSKeysUnder :one
select exists (select from tls_values where starts_with(key, @under::text || '/'));

-- name: TakeTLSLock :execrows
-- A lease that ends later than any can was written by a clock that was ahead.
insert into tls_locks (name, owner, leased_until) values (@name, @owner, @until)
on conflict (name) do update set owner = excluded.owner, leased_until = excluded.leased_until
    where tls_locks.owner = excluded.owner or tls_locks.leased_until <= @now::timestamptz or tls_locks.leased_until > @latest::timestamptz;

-- name: ReleaseTLSLock :exec
delete from tls_locks where name = @name and owner = @owner;

-- name: IsRouted :one
select exists (select from routes where @host::text = any(hosts) and state <> 'gone');

-- name: ForgetTLSOfHosts :exec
-- Whoever gets a host after a workspace gets certificates of its own.
delete from tls_values
where split_part(key, '/', 1) = 'certificates'
  and split_part(key, '/', 3) in (select unnest(r.hosts) from routes r where r.workspace_id = @workspace_id except select unnest(@keeps::text[]));
