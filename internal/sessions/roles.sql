select oid, rolname from pg_roles where not rolsuper and rolname ~ $1
