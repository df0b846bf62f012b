select pg_database_size('chat')::float8;
