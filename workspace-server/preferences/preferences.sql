-- name: PreferencesOfUser :many
select * from preferences where user_id = @user_id and (@category::text = '' or category = @category) order by category, name;

-- name: PreferenceOfUser :one
select * from preferences where user_id = @user_id and category = @category and name = @name;

-- name: PutPreferences :exec
insert into preferences (user_id, category, name, value)
select @user_id, unnest(@categories::text[]), unnest(@names::text[]), unnest(@preference_values::text[])
on conflict (user_id, category, name) do update set value = excluded.value;

-- name: DeletePreferences :exec
delete from preferences p using (select unnest(@categories::text[]) as category, unnest(@names::text[]) as name) gone
where p.user_id = @user_id and p.category = gone.category and p.name = gone.name;
