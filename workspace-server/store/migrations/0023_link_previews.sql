-- What links in posts lead to, so that it is fetched once, by whichever instance comes first.
create table link_previews (
    hash        bytea   not null primary key, -- SHA-256 of the address
    kind        text    not null default 'link' constraint link_previews_kind check (kind in ('link', 'opengraph', 'image')),
    data        jsonb   not null default '{}', -- what the page says of itself
    images      jsonb   not null default '{}', -- how large images are, by their addresses
    failed      boolean not null default false,
    fetched_at  bigint  not null default 0, -- 0: never yet
    fetcher     uuid, -- who fetches it, until a time
    fetch_until bigint  not null default 0,
    waiting     uuid[]  not null default '{}' -- posts that are to show it once it is there
);
create index link_previews_age on link_previews (fetched_at);
