set statement_timeout = 0;
set work_mem = '64kB';
select count(*) from (select repeat(md5(g::text), 250) r from generate_series(1, 400000) g order by 1) x where r > ''
