-- Addresses that are told what is said in public channels: in one, or in all of a team by what it begins with.
create table outgoing_hooks (
    id            uuid   primary key,
    token         uuid   not null,
    create_at     bigint not null,
    update_at     bigint not null,
    creator_id    uuid   not null references users on delete cascade,
    team_id       uuid   not null references teams on delete cascade,
    channel_id    uuid   references channels on delete cascade,
    trigger_words text[] not null,
    trigger_when  int    not null constraint outgoing_hooks_when_check check (trigger_when in (0, 1)),
    callback_urls text[] not null constraint outgoing_hooks_callback_check check (cardinality(callback_urls) > 0),
    display_name  text   not null,
    description   text   not null,
    content_type  text   not null,
    username      text   not null,
    icon_url      text   not null,
    constraint outgoing_hooks_trigger_check check (channel_id is not null or cardinality(trigger_words) > 0)
);
create index outgoing_hooks_by_team on outgoing_hooks (team_id);
