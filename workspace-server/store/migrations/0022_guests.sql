-- Guests are in just the channels that they were asked into, and see just who is there with them.
alter table users add column guest boolean not null generated always as ('system_guest' = any(string_to_array(roles, ' '))) stored;

-- Of memberships: it is a guest's. Whoever makes a membership gets this right, the previous release as well, and waits for who makes a guest of
-- the user, or a member, at the same time, as that one changes the memberships that are there.
alter table team_members add column guest boolean not null default false;
alter table channel_members add column guest boolean not null default false;
create index channel_members_guests on channel_members (channel_id) where guest;

create function membership_is_its_users() returns trigger language plpgsql as $$
begin
    select u.guest into new.guest from users u where u.id = new.user_id for share;
    new.guest := coalesce(new.guest, false);
    return new;
end
$$;
create trigger team_members_guest before insert on team_members for each row execute function membership_is_its_users();
create trigger channel_members_guest before insert on channel_members for each row execute function membership_is_its_users();
