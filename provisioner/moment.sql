select pg_export_snapshot(), clock_timestamp(), current_setting('server_version_num')::int / 10000;
