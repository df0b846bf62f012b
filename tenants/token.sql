-- name: AddToken :exec
insert into api_tokens (id, name, person_id, tenant_id, operator_id, scopes, token_hash, created_at, expires_at)
values (@id, @name, @person_id, @tenant_id, @operator_id, @scopes, @token_hash, @created_at, @expires_at);

-- name: ListTokens :many
select * from api_tokens
where tenant_id = @tenant_id and revoked_at is null and (expires_at is null or expires_at > @now::timestamptz) and id < @before
order by id desc
limit @most;

-- name: RevokeToken :execrows
update api_tokens set revoked_at = @now::timestamptz where id = @id and tenant_id = @tenant_id and revoked_at is null;

-- name: RevokeTokensOf :many
update api_tokens set revoked_at = @now::timestamptz
where tenant_id = @tenant_id and person_id = @person_id and revoked_at is null
returning id;

-- name: EnsureOperator :one
insert into operators (id, name, created_at) values (@id, @name, @created_at)
on conflict on constraint operators_name_key do update set name = excluded.name
returning id;
