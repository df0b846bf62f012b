-- name: TryAuditLock :one
select pg_try_advisory_xact_lock(@lock::bigint);

-- name: UnsealedEvents :many
select e.* from audit_unsealed u join audit_events e on e.id = u.event_id order by e.id limit @most;

-- name: AuditHeads :many
select * from audit_chains where chain = any(@chains::uuid[]);

-- name: AllAuditHeads :many
select * from audit_chains order by chain;

-- name: AddSeals :exec
insert into audit_seals (chain, seq, event_id, hash)
select unnest(@chains::uuid[]), unnest(@seqs::bigint[]), unnest(@events::uuid[]), unnest(@hashes::bytea[]);

-- name: SetAuditHeads :exec
insert into audit_chains (chain, count, hash)
select unnest(@chains::uuid[]), unnest(@counts::bigint[]), unnest(@hashes::bytea[])
on conflict (chain) do update set count = excluded.count, hash = excluded.hash;

-- name: ForgetUnsealed :exec
delete from audit_unsealed where event_id = any(@events::uuid[]);

-- name: LastCheckpoint :one
select * from audit_checkpoints order by number desc limit 1;

-- name: AddCheckpoint :exec
insert into audit_checkpoints (number, at, document, signature) values (@number, @at, @document, @signature);

-- name: ListCheckpoints :many
select * from audit_checkpoints order by number;

-- name: ListUnarchived :many
select * from audit_checkpoints where archived_at is null order by number limit 100;

-- name: SetArchived :exec
update audit_checkpoints set archived_at = clock_timestamp() where number = @number;

-- name: ListSealed :many
select s.chain, s.seq, s.event_id, s.hash, (e.id is not null)::boolean as there, coalesce(e.tenant_id, '00000000-0000-0000-0000-000000000000')::uuid as of_chain,
       coalesce(e.at, 'epoch')::timestamptz as at, coalesce(e.actor, '')::text as actor, coalesce(e.action, '')::text as action,
       coalesce(e.subject, '')::text as subject, coalesce(e.request_id, '')::text as request_id, coalesce(e.details, '{}')::jsonb as details
from audit_seals s left join audit_events e on e.id = s.event_id
where s.chain = @chain and s.seq > @after
order by s.seq
limit @most;

-- name: ListChains :many
-- Every chain that anything says there is.
select chain from audit_chains union select chain from audit_seals union
select distinct coalesce(tenant_id, '00000000-0000-0000-0000-000000000000')::uuid from audit_events
order by 1;

-- name: CountUnchained :one
-- Events of a chain that are neither sealed nor waiting for it: somebody slipped them in.
select count(*) from audit_events e
where coalesce(e.tenant_id, '00000000-0000-0000-0000-000000000000') = @chain::uuid
  and not exists (select from audit_seals s where s.event_id = e.id)
  and not exists (select from audit_unsealed u where u.event_id = e.id);

-- name: CountUnsealed :one
select count(*) from audit_unsealed;
