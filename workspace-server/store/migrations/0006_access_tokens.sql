-- What programs sign in with in somebody's name. Each has at most one session, which is made when it is used.
create table access_tokens (
    id          uuid    primary key,
    token_hash  bytea   not null unique,
    user_id     uuid    not null references users on delete cascade,
    create_at   bigint  not null,
    expires_at  bigint  not null default 0, -- 0: never
    description text    not null,
    active      boolean not null default true
);
create index access_tokens_by_user on access_tokens (user_id);
