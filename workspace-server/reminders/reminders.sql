-- name: PutReminder :execrows
-- One for each post; the last said holds. None beyond the most that a user may have.
insert into reminders as r (user_id, post_id, target_at)
select @user_id, @post_id, @target_at
where (select count(*) from reminders o where o.user_id = @user_id and o.post_id <> @post_id) < @most::bigint
on conflict (user_id, post_id) do update set target_at = excluded.target_at;

-- name: DueReminders :many
select * from reminders where target_at <= @now order by target_at, post_id, user_id limit @max_rows;

-- name: NextReminder :one
select coalesce(min(target_at), 0)::bigint from reminders;

-- name: TakeReminder :execrows
-- As it was when it was found due: one that was put off since stays.
delete from reminders where user_id = @user_id and post_id = @post_id and target_at = @target_at;
