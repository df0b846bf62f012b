-- name: LockIPActivity :exec
-- One report at a time: those of several edges are about the same rows, in any order.
lock table ip_denials in share row exclusive mode;

-- name: AddIPRuleHits :exec
-- Of a workspace whose data is being removed nothing is added.
insert into ip_rule_hits (workspace_id, rule_id, hits, last_at)
select u.workspace_id, u.rule_id, u.hits, u.last_at
from (select unnest(@workspaces::uuid[]) as workspace_id, unnest(@rules::uuid[]) as rule_id, unnest(@hits::bigint[]) as hits, unnest(@lasts::timestamptz[]) as last_at) u
join workspaces w on w.id = u.workspace_id and w.state not in ('removing', 'deleted')
on conflict (workspace_id, rule_id) do update
    set hits = ip_rule_hits.hits + excluded.hits, last_at = greatest(ip_rule_hits.last_at, excluded.last_at);

-- name: AddIPDenials :exec
insert into ip_denials (workspace_id, address, requests, last_at)
select u.workspace_id, u.address, u.requests, u.last_at
from (select unnest(@workspaces::uuid[]) as workspace_id, unnest(@addresses::inet[]) as address, unnest(@requests::bigint[]) as requests, unnest(@lasts::timestamptz[]) as last_at) u
join workspaces w on w.id = u.workspace_id and w.state not in ('removing', 'deleted')
on conflict (workspace_id, address) do update
    set requests = ip_denials.requests + excluded.requests, last_at = greatest(ip_denials.last_at, excluded.last_at);

-- name: TrimIPDenials :exec
delete from ip_denials d
using (select workspace_id, address, row_number() over (partition by workspace_id order by last_at desc, address) as place
       from ip_denials where workspace_id = any(@workspaces::uuid[])) x
where d.workspace_id = x.workspace_id and d.address = x.address and x.place > @most::bigint;

-- name: ListIPRuleHits :many
select * from ip_rule_hits where workspace_id = @workspace_id;

-- name: ListIPDenials :many
select * from ip_denials where workspace_id = @workspace_id and last_at >= @since::timestamptz order by last_at desc, address limit 100;

-- name: ForgetHitsOfOtherRules :exec
delete from ip_rule_hits where workspace_id = @workspace_id and rule_id <> all(@rules::uuid[]);

-- name: ForgetIPRuleHits :exec
delete from ip_rule_hits where workspace_id = @workspace_id;

-- name: ForgetIPDenialsOf :exec
delete from ip_denials where workspace_id = @workspace_id;

-- name: ForgetIPDenials :exec
delete from ip_denials where last_at < @before::timestamptz;
