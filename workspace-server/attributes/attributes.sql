-- name: InsertAttribute :one
insert into attributes (id, create_at, update_at, created_by, updated_by, name, display_name, type, value_type, visibility, managed, sort_order, options)
select @id, @now, @now, @by, @by, @name, @display_name, @type, @value_type, @visibility, @managed, @sort_order, @options
where (select count(*) from attributes) < @most::bigint
returning *;

-- name: Attributes :many
select * from attributes order by sort_order, id;

-- name: LockAttribute :one
-- No value is kept until the transaction ends, and what is then is one of what the attribute has become.
select * from attributes where id = @id for update;

-- name: UpdateAttribute :one
update attributes set update_at = greatest(@now, update_at + 1), updated_by = @by, name = @name, display_name = @display_name, type = @type,
    value_type = @value_type, visibility = @visibility, managed = @managed, sort_order = @sort_order, options = @options
where id = @id returning *;

-- name: DeleteAttribute :execrows
delete from attributes where id = @id;

-- name: ForgetAttributeValues :exec
delete from attribute_values where attribute_id = @attribute_id;

-- name: AttributesNamed :many
-- None of them changes until the transaction ends.
select * from attributes where id = any(@ids::uuid[]) order by id for share;

-- name: PutAttributeValue :exec
insert into attribute_values (user_id, attribute_id, value) values (@user_id, @attribute_id, @value)
on conflict (user_id, attribute_id) do update set value = excluded.value;

-- name: ClearAttributeValue :exec
delete from attribute_values where user_id = @user_id and attribute_id = @attribute_id;

-- name: AttributeValues :many
select v.attribute_id, v.value, a.visibility from attribute_values v join attributes a on a.id = v.attribute_id where v.user_id = @user_id;
