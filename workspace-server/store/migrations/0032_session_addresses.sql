-- From where a session was used last, as the edge says: written every ten minutes at the most, or every minute where it is another address,
-- and kept for 30 days.
alter table sessions
    add column address    text   not null default '',
    add column address_at bigint not null default 0;
