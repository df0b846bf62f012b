-- What people can say of themselves beside what every profile has: admins say which, the protocol's custom profile attributes.
create table attributes (
    id           uuid             primary key,
    create_at    bigint           not null,
    update_at    bigint           not null,
    created_by   uuid,
    updated_by   uuid,
    name         text             not null constraint attributes_name_unique unique,
    display_name text             not null default '',
    type         text             not null constraint attributes_type_check check (type in ('text', 'select', 'multiselect')),
    value_type   text             not null default '' constraint attributes_value_type_check check (value_type in ('', 'email', 'url', 'phone')),
    visibility   text             not null constraint attributes_visibility_check check (visibility in ('always', 'when_set', 'hidden')),
    managed      text             not null default '' constraint attributes_managed_check check (managed in ('', 'admin')),
    sort_order   double precision not null default 0,
    options      jsonb            not null default '[]'
);

-- Nothing is kept of who has said nothing.
create table attribute_values (
    user_id      uuid  not null references users on delete cascade,
    attribute_id uuid  not null references attributes on delete cascade,
    value        jsonb not null,
    primary key (user_id, attribute_id)
);
create index attribute_values_by_attribute on attribute_values (attribute_id);
