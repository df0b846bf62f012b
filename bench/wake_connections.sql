-- Connections of workspaces to their cell's databases.
select count(*)::float8 from pg_stat_activity where datname ~ '^ws_' or usename ~ '^ws_';
