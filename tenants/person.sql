-- name: AddPerson :exec
insert into persons (id, email, name, password_hash, created_at)
values (@id, @email, @name, @password_hash, @created_at);

-- name: GetPerson :one
select * from persons where id = @id;

-- name: AddConfirmation :exec
insert into confirmations (token_hash, person_id, created_at, expires_at)
values (@token_hash, @person_id, @created_at, @expires_at);

-- name: UseConfirmation :one
update confirmations set used_at = @now::timestamptz
where token_hash = @token_hash and used_at is null and expires_at > @now::timestamptz
returning person_id;

-- name: ForgetConfirmations :exec
delete from confirmations where expires_at <= @now::timestamptz or used_at is not null;

-- name: ConfirmPerson :exec
update persons set email_confirmed_at = coalesce(email_confirmed_at, @now::timestamptz) where id = @id;
