-- name: ClaimKey :execrows
-- A key is free when nobody has it, when its day is over, or when whoever has it died before it could do anything.
insert into idempotency_keys (principal, key, request_hash, created_at, holder)
values (@principal, @key, @request_hash, @now, @holder)
on conflict (principal, key) do update
    set request_hash = excluded.request_hash, status = null, answer = null, done_at = null, created_at = excluded.created_at, holder = excluded.holder
    where idempotency_keys.created_at <= @expired::timestamptz
       or (idempotency_keys.status is null and idempotency_keys.done_at is null and idempotency_keys.created_at <= @abandoned::timestamptz
           and idempotency_keys.request_hash = excluded.request_hash);

-- name: TakeKey :execrows
-- Whoever had it is dead. What it still had under way in the database is waited for, and counts.
update idempotency_keys set created_at = @now, holder = @holder
where principal = @principal and key = @key and created_at = @was and status is null and done_at is null;

-- name: GetKey :one
select request_hash, status, answer, created_at, holder, done_at from idempotency_keys where principal = @principal and key = @key;

-- name: MarkDone :execrows
update idempotency_keys set done_at = @now::timestamptz
where principal = @principal and key = @key and created_at = @claimed and status is null;

-- name: KeepAnswer :exec
update idempotency_keys set status = @status, answer = @answer
where principal = @principal and key = @key and created_at = @claimed and status is null;

-- name: ReleaseKey :exec
-- What may have been committed without anybody being told stays.
delete from idempotency_keys
where principal = @principal and key = @key and created_at = @claimed and status is null and not (@unclear::boolean and done_at is not null);

-- name: ForgetKeys :exec
delete from idempotency_keys where created_at <= @expired;
