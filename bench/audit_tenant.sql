select id from tenants where name = 'writers'
