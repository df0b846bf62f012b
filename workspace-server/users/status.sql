-- name: PutChosenStatus :exec
insert into chosen_statuses (user_id, status, dnd_end_time) select u.id, @status, @dnd_end_time from users u where u.id = @user_id
on conflict (user_id) do update set status = excluded.status, dnd_end_time = excluded.dnd_end_time;

-- name: DropChosenStatus :exec
delete from chosen_statuses where user_id = @user_id;

-- name: ChosenStatuses :many
select c.* from chosen_statuses c join users u on u.id = c.user_id and u.delete_at = 0 where c.dnd_end_time = 0 or c.dnd_end_time > @now::bigint;
