-- name: ClaimKey :execrows
-- A key is free when nobody has it, when its day is over, or when whoever has it died before it could answer.
insert into idempotency_keys (principal, key, request_hash, created_at)
values (@principal, @key, @request_hash, @now)
on conflict (principal, key) do update
    set request_hash = excluded.request_hash, status = null, answer = null, created_at = excluded.created_at
    where idempotency_keys.created_at <= @expired::timestamptz
       or (idempotency_keys.status is null and idempotency_keys.created_at <= @abandoned::timestamptz
           and idempotency_keys.request_hash = excluded.request_hash);

-- name: GetKey :one
select request_hash, status, answer from idempotency_keys where principal = @principal and key = @key;

-- name: KeepAnswer :exec
update idempotency_keys set status = @status, answer = @answer
where principal = @principal and key = @key and created_at = @claimed and status is null;

-- name: ReleaseKey :exec
delete from idempotency_keys where principal = @principal and key = @key and created_at = @claimed and status is null;

-- name: ForgetKeys :exec
delete from idempotency_keys where created_at <= @expired;
