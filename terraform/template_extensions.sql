-- Those of the extensions $1 that are installed in this database, or that this server does not have.
select wanted
from unnest($1::text[]) as wanted
where exists (select from pg_extension where extname = wanted)
   or not exists (select from pg_available_extensions where name = wanted);
