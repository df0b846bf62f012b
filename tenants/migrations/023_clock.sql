-- When workers looked at the database's clock last. When it shows less than that, it was put back, and by how much.
create table clock (
    one     boolean primary key default true constraint clock_one check (one),
    seen_at timestamptz not null
);
insert into clock (seen_at) values (clock_timestamp());
