-- Which instances of this workspace run side by side, and what happened at each for the others to tell their clients. Nothing here outlives a crash of the
-- database, and need not: whoever finds it gone begins anew, and has its clients fetch everything.
-- The database's clock, which all instances share, in milliseconds.
create function clock_millis() returns bigint language sql volatile as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint $$;

create unlogged table instances (
    id         uuid    primary key,
    beat_at    bigint  not null, -- when it last said that it lives, by the database's clock
    era        bigint  not null default 0, -- 0: it tells nothing, for it knows of nobody to tell
    from_birth boolean not null default false, -- it has told everything that ever happened at it
    sent       bigint  not null default 0, -- the number of its newest batch
    ended      boolean not null default false -- it has told all and is gone
);

create unlogged table batches (
    instance uuid   not null,
    seq      bigint not null, -- 1, 2, 3, ... without a gap
    at       bigint not null,
    echoes  bytea  not null,
    primary key (instance, seq)
);
