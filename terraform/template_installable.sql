-- Those of the extensions $1 that this server has.
select name
from pg_available_extensions
where name = any ($1::text[]);
