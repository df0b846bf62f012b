select pg_notify('routes', '');
