-- A bot is a user that no person is: it has no password, and programs sign in as it by an access token.
alter table users
    add column is_bot          boolean not null default false,
    add column bot_owner_id    uuid,
    add column bot_description text    not null default '';
