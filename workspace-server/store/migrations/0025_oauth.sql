-- Programs of others that people let act in their name, over OAuth 2.0.
create table oauth_apps (
    id            uuid    primary key,
    creator_id    uuid    references users on delete cascade, -- null: it registered itself
    create_at     bigint  not null,
    update_at     bigint  not null,
    salt          uuid,   -- what its secret is made from; null: it has none
    name          text    not null,
    description   text    not null,
    icon_url      text    not null,
    callback_urls text[]  not null,
    homepage      text    not null,
    trusted       boolean not null -- nobody is asked whether they let it in
);

-- Who let which in. Without its row no code and no refresh token of the two is good for anything.
create table oauth_consents (
    user_id   uuid   not null references users on delete cascade,
    app_id    uuid   not null references oauth_apps on delete cascade,
    create_at bigint not null,
    primary key (user_id, app_id)
);
create index oauth_consents_by_app on oauth_consents (app_id);

-- What was let in once: an access token, which is the token of its session, and what that is renewed by.
create table oauth_grants (
    id         uuid   primary key,
    user_id    uuid   not null references users on delete cascade,
    app_id     uuid   not null references oauth_apps on delete cascade,
    session_id uuid   not null unique references sessions on delete cascade,
    create_at  bigint not null,
    expires_at bigint not null, -- of what renews it
    audience   text   not null
);
create index oauth_grants_by_app on oauth_grants (app_id, user_id);
create index oauth_grants_by_user on oauth_grants (user_id);

-- One that was used is kept until it would have run out: whoever comes with it again has stolen it, or was stolen from.
create table oauth_refresh_tokens (
    token_hash bytea   primary key,
    grant_id   uuid    not null references oauth_grants on delete cascade,
    expires_at bigint  not null,
    used       boolean not null default false
);
create index oauth_refresh_tokens_by_grant on oauth_refresh_tokens (grant_id);
create index oauth_refresh_tokens_by_age on oauth_refresh_tokens (expires_at);

-- What an app comes with for its tokens. One that was used is kept for the same reason.
create table oauth_codes (
    code_hash    bytea   primary key,
    user_id      uuid    not null references users on delete cascade,
    app_id       uuid    not null references oauth_apps on delete cascade,
    create_at    bigint  not null,
    expires_at   bigint  not null,
    redirect_uri text    not null,
    challenge    text    not null, -- S256; empty: none
    audience     text    not null,
    used         boolean not null default false,
    grant_id     uuid    references oauth_grants on delete set null -- what it was used for
);
create index oauth_codes_by_app on oauth_codes (app_id, user_id);
create index oauth_codes_by_user on oauth_codes (user_id);
create index oauth_codes_by_grant on oauth_codes (grant_id);
create index oauth_codes_by_age on oauth_codes (expires_at);
