-- name: OfferSecondFactor :execrows
-- Of who has none yet. Who begins anew gets another.
insert into second_factors (user_id, secret, create_at)
select id, @secret, @now from users where id = @user_id and not second_factor and not is_bot and delete_at = 0
on conflict (user_id) do update set secret = excluded.secret, create_at = excluded.create_at, used = 0;

-- name: SecondFactor :one
select * from second_factors where user_id = @user_id;

-- name: UseSecondFactor :execrows
-- A code that was used, or one before it, is no good any more.
update second_factors set used = @step where user_id = @user_id and used < @step;

-- name: SetSecondFactor :execrows
update users set second_factor = @active, update_at = greatest(@now, update_at + 1) where id = @user_id and second_factor <> @active;

-- name: ForgetSecondFactor :exec
delete from second_factors where user_id = @user_id;
