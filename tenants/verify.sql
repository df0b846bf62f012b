-- name: ChainEnds :many
-- How far chains go by all that there is of them: of one, or of every chain that anything says there is.
select c.chain, coalesce(a.count, 0)::bigint as count, coalesce(a.hash, '')::bytea as hash, coalesce(a.signed, 0)::bigint as signed, coalesce(a.leaf, '')::bytea as leaf,
       coalesce((select max(s.seq) from audit_seals s where s.chain = c.chain), 0)::bigint as sealed
from (select chain from audit_chains union select chain from audit_seals union select chain from audit_leaves) c
left join audit_chains a on a.chain = c.chain
where sqlc.narg(chain)::uuid is null or c.chain = sqlc.narg(chain)
order by c.chain;

-- name: SignedLeaves :many
-- The leaves of the last tree.
select chain, coalesce(leaf, '')::bytea as leaf from audit_chains where signed > 0 order by chain;

-- name: CheckpointsAfter :many
select * from audit_checkpoints where number > @after and number <= @until order by number limit @most;

-- name: LeavesAfter :many
select * from audit_leaves where chain = @chain and count > @after and number <= @until order by count limit @most;

-- name: CheckpointsOf :many
-- Those that said something new of a chain.
select c.* from audit_checkpoints c where c.number in (select l.number from audit_leaves l where l.chain = @chain and l.number <= @until);

-- name: UnsealedByChain :many
-- Events without a place, of a tenant's chain, or the operators', or all: those that wait for it, since when, and those that
-- never come to one, as somebody slipped them in, or took their seals away.
select u.chain, (count(*) filter (where u.waits))::bigint as waiting, (count(*) filter (where not u.waits))::bigint as unchained,
       least(greatest(min(u.at) filter (where u.waits), '1970-01-01 00:00:00+00'), '9999-01-01 00:00:00+00')::timestamptz as oldest
from (
    select coalesce(e.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as chain, e.at,
           exists (select from audit_unsealed l where l.event_id = e.id)
           or exists (select from audit_pass p where e.written > p.low and not pg_visible_in_snapshot(e.txid, p.since)
                      and e.txid < pg_snapshot_xmax(pg_current_snapshot())) as waits
    from audit_events e
    where (@everything::boolean or sqlc.narg(tenant_id)::uuid is null and e.tenant_id is null or e.tenant_id = sqlc.narg(tenant_id))
      and not exists (select from audit_seals s where s.event_id = e.id)
) u
group by u.chain
order by u.chain;

-- name: LastCheckpointNumber :one
select coalesce(max(number), 0)::bigint from audit_checkpoints;
