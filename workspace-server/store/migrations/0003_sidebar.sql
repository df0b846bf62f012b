-- How people arrange their channels. Who has arranged nothing has no rows: the three headings that everybody has are worked out.
create table sidebar_categories (
    user_id      uuid    not null references users on delete cascade,
    team_id      uuid    not null references teams on delete cascade,
    id           text    not null,
    type         text    not null check (type in ('favorites', 'channels', 'direct_messages', 'custom')),
    sort_order   bigint  not null,
    sorting      text    not null check (sorting in ('', 'alpha', 'recent', 'manual')),
    display_name text    not null,
    muted        boolean not null default false,
    collapsed    boolean not null default false,
    primary key (user_id, team_id, id)
);

-- A direct message has a place in each team. Whatever has none stands under the heading of its kind.
create table sidebar_channels (
    user_id     uuid   not null,
    team_id     uuid   not null,
    channel_id  uuid   not null references channels on delete cascade,
    category_id text   not null,
    position    bigint not null,
    primary key (user_id, team_id, channel_id),
    foreign key (user_id, team_id, category_id) references sidebar_categories on delete cascade
);
create index sidebar_channels_by_category on sidebar_channels (user_id, team_id, category_id);
create index sidebar_channels_by_channel on sidebar_channels (channel_id);
