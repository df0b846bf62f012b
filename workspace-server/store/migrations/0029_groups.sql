-- Users under a name of their own, by which they are mentioned together. One that is archived keeps its name and its members, as it may come back.
create table user_groups (
    id           uuid   primary key,
    name         text   not null check (name = lower(name)),
    display_name text   not null,
    description  text   not null default '',
    create_at    bigint not null,
    update_at    bigint not null,
    delete_at    bigint not null default 0,
    constraint user_groups_name_unique unique (name)
);

create table group_members (
    group_id  uuid   not null references user_groups on delete cascade,
    user_id   uuid   not null references users on delete cascade,
    create_at bigint not null,
    primary key (group_id, user_id)
);
create index group_members_by_user on group_members (user_id);

-- After an @ a name says one thing: that of a user is no group's, and the other way round. A group that takes a name waits for
-- the users who take any at the same time, and they for it, and sees then what they did; users don't wait for each other, and however many come at once
-- need one lock. It fails as a name that another user has, which the previous release can tell people.
create function username_is_no_groups() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(7102030);
    if exists (select from user_groups g where g.name = new.username) then
        raise unique_violation using constraint = 'users_username_key', message = 'a group has that name';
    end if;
    return new;
end
$$;
create trigger users_name_of_group before insert on users for each row execute function username_is_no_groups();
create trigger users_renamed_to_group before update of username on users for each row when (old.username is distinct from new.username)
    execute function username_is_no_groups();

create function group_name_is_no_users() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(7102030);
    if exists (select from users u where u.username = new.name) then
        raise unique_violation using constraint = 'user_groups_name_of_user', message = 'a user has that name';
    end if;
    return new;
end
$$;
create trigger user_groups_name_of_user before insert on user_groups for each row execute function group_name_is_no_users();
create trigger user_groups_renamed_to_user before update of name on user_groups for each row when (old.name is distinct from new.name)
    execute function group_name_is_no_users();
