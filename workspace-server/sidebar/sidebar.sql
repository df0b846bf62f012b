-- name: CategoriesOfUser :many
select * from sidebar_categories where user_id = @user_id and team_id = @team_id order by sort_order, id;

-- name: PlacesOfUser :many
select channel_id, category_id from sidebar_channels where user_id = @user_id and team_id = @team_id order by category_id, position;

-- name: PutCategory :exec
insert into sidebar_categories (user_id, team_id, id, type, sort_order, sorting, display_name, muted, collapsed)
values (@user_id, @team_id, @id, @type, @sort_order, @sorting, @display_name, @muted, @collapsed)
on conflict (user_id, team_id, id) do update set sort_order = excluded.sort_order, sorting = excluded.sorting,
    display_name = excluded.display_name, muted = excluded.muted, collapsed = excluded.collapsed;

-- name: DeleteCategory :exec
delete from sidebar_categories where user_id = @user_id and team_id = @team_id and id = @id;

-- name: EmptyCategory :exec
delete from sidebar_channels where user_id = @user_id and team_id = @team_id and category_id = @category_id;

-- name: PlaceChannels :exec
insert into sidebar_channels (user_id, team_id, channel_id, category_id, position)
select @user_id, @team_id, c.id, @category_id, c.position from unnest(@channel_ids::uuid[]) with ordinality c(id, position)
on conflict (user_id, team_id, channel_id) do update set category_id = excluded.category_id, position = excluded.position;
