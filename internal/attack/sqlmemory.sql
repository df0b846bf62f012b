set statement_timeout = 0;
set work_mem = '2000000kB';
select length(string_agg(repeat('x', 1048576), '')) from generate_series(1, 600)
