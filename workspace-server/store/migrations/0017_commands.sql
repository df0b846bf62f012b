-- What a team's own commands call.
create table commands (
    id                 uuid    primary key,
    token              uuid    not null,
    create_at          bigint  not null,
    update_at          bigint  not null,
    creator_id         uuid    not null references users on delete cascade,
    team_id            uuid    not null references teams on delete cascade,
    trigger            text    not null,
    method             text    not null constraint commands_method_check check (method in ('G', 'P')),
    username           text    not null,
    icon_url           text    not null,
    auto_complete      boolean not null,
    auto_complete_desc text    not null,
    auto_complete_hint text    not null,
    display_name       text    not null,
    description        text    not null,
    url                text    not null,
    constraint commands_trigger_key unique (team_id, trigger)
);

-- Where a program may say more of a command that somebody typed; whoever knows the id may.
create table command_replies (
    id         uuid   primary key,
    command_id uuid   not null references commands on delete cascade,
    user_id    uuid   not null references users on delete cascade,
    channel_id uuid   not null references channels on delete cascade,
    root_id    uuid,
    create_at  bigint not null,
    uses       int    not null default 0
);
create index command_replies_by_age on command_replies (create_at);

-- By which the workspace knows what it has said itself. Nobody is told.
alter table workspace add column secret bytea not null default (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
