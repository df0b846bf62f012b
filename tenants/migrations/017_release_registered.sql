-- New workspaces run what was registered last: after an upgrade that was taken back, that is not the newest row. The version before
-- goes by the newest row.
create sequence release_registrations;
alter table releases add column registered bigint;
update releases r set registered = o.number
from (select id, nextval('release_registrations') as number from (select id from releases order by id) oldest_first) o where o.id = r.id;
alter table releases alter column registered set default nextval('release_registrations');
