-- One row if the database $1 exists: whether it is marked as a template that PUBLIC may not connect to.
select d.datistemplate
       and not exists (
           select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as grants
           where grants.grantee = 0 and grants.privilege_type = 'CONNECT')
from pg_database d
where d.datname = $1;
