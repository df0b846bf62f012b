-- Mail that was promised and not sent yet. A row holds the secret of the link in its text, of which only the digest is kept elsewhere: it goes
-- when the mail server has the mail, or a day has passed.
create table outbox (
    id        uuid    primary key,
    create_at bigint  not null,
    recipient text    not null,
    subject   text    not null,
    body      text    not null,
    html      text    not null,
    attempts  integer not null default 0,
    due_at    bigint  not null
);
create index outbox_due on outbox (due_at);

-- Links by which people show that they read an address, while it is theirs: to set a password, or to confirm the address.
create table mailed_links (
    token_hash bytea  primary key,
    kind       text   not null check (kind in ('password', 'email')),
    user_id    uuid   not null references users on delete cascade,
    email      text   not null,
    create_at  bigint not null,
    expires_at bigint not null
);
create index mailed_links_by_user on mailed_links (user_id, kind);

-- Who was invited to a team by mail and has not come yet. The last invitation of an address is the one that counts.
create table invitations (
    token_hash  bytea  primary key,
    team_id     uuid   not null references teams on delete cascade,
    inviter_id  uuid   not null references users on delete cascade,
    email       text   not null check (email = lower(email)),
    channel_ids uuid[] not null default '{}',
    mailed      integer not null default 1, -- how often
    create_at   bigint not null,
    expires_at  bigint not null,
    constraint invitations_unique unique (email, team_id)
);
create index invitations_by_inviter on invitations (inviter_id);
