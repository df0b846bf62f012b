select count(*) from pg_stat_get_activity($1) where backend_start = $2
