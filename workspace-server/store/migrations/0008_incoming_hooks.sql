-- Addresses at which programs post in a channel, in the name of who made them. The id is the secret that opens it.
create table incoming_hooks (
    id             uuid    primary key,
    create_at      bigint  not null,
    update_at      bigint  not null,
    last_used      bigint  not null default 0,
    user_id        uuid    not null references users on delete cascade,
    channel_id     uuid    not null references channels on delete cascade,
    team_id        uuid    not null references teams on delete cascade,
    display_name   text    not null,
    description    text    not null,
    username       text    not null,
    icon_url       text    not null,
    channel_locked boolean not null
);
create index incoming_hooks_by_team on incoming_hooks (team_id);
