with locks as (select pid, count(*) as n from pg_lock_status() where $1 group by pid)
select a.pid, a.backend_start as started, a.usesysid as owner, a.state is distinct from 'idle' as busy,
       coalesce(a.state_change, a.backend_start) as changed, coalesce(l.n, 0)::int as locks,
       coalesce(a.xact_start, case when a.state = 'active' then a.query_start end) as since
from pg_stat_get_activity(null) a left join locks l on l.pid = a.pid
where a.backend_type in ('client backend', 'parallel worker') and a.usesysid is not null
