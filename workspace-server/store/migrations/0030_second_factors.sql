-- What somebody proves by a device of theirs that they are who they are, beside their password: codes of the time (RFC 6238).
alter table users add column second_factor boolean not null default false; -- it is asked for

create table second_factors (
    user_id   uuid   primary key references users on delete cascade,
    secret    bytea  not null, -- that the device has too
    create_at bigint not null,
    used      bigint not null default 0 -- the newest 30 s, counted from 1970, of which a code was taken: none is taken twice
);
