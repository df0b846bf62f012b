-- name: UserToMail :one
-- Whoever else writes to them waits.
select * from users where email = lower(@email) and delete_at = 0 and not is_bot for no key update;

-- name: InsertMailedLink :execrows
-- Unless the address was sent one of that kind since.
insert into mailed_links (token_hash, kind, user_id, email, create_at, expires_at)
select @token_hash, @kind, @user_id, @email, @now, @expires_at
where not exists (select from mailed_links l where l.user_id = @user_id and l.kind = @kind and l.email = @email and l.create_at > @since::bigint);

-- name: GoodMailedLink :one
select u.id from mailed_links l join users u on u.id = l.user_id and u.email = l.email
where l.token_hash = @token_hash and l.kind = @kind and l.expires_at > @now and u.delete_at = 0 and not u.is_bot;

-- name: UseMailedLink :one
-- Taking the row away is what makes a link single-use; so is that the address is still its user's.
delete from mailed_links l using users u
where l.token_hash = @token_hash and l.kind = @kind and l.expires_at > @now
  and u.id = l.user_id and u.email = l.email and u.delete_at = 0 and not u.is_bot
returning l.user_id;

-- name: ConfirmEmail :one
update users set email_verified = true, update_at = greatest(@now, update_at + 1) where id = @id returning *;

-- name: DeleteExpiredMailedLinks :exec
delete from mailed_links where expires_at <= @now;
