set statement_timeout = 0;
begin;
select count(pg_advisory_xact_lock($1::int, g)) from generate_series(1, $2::int) g;
select pg_sleep(5)
