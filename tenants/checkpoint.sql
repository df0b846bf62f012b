-- name: WaitForAuditLock :exec
select pg_advisory_xact_lock(@lock::bigint);

-- name: LastCheckpoint :one
select * from audit_checkpoints order by number desc limit 1;

-- name: CheckpointBefore :one
select * from audit_checkpoints where number < @number order by number desc limit 1;

-- name: ChainsToSign :many
-- How far every chain goes, and went when it was signed last, each with the hash that the seal there has.
select c.chain, c.count, c.hash, c.signed, coalesce(c.leaf, '')::bytea as leaf, coalesce(l.hash, '')::bytea as signed_hash,
       coalesce(s.hash, '')::bytea as sealed_there, coalesce(e.hash, '')::bytea as sealed_here
from audit_chains c
left join audit_leaves l on l.chain = c.chain and l.count = c.signed
left join audit_seals s on s.chain = c.chain and s.seq = c.signed
left join audit_seals e on e.chain = c.chain and e.seq = c.count
order by c.chain;

-- name: AddCheckpoint :exec
insert into audit_checkpoints (number, at, document, signature) values (@number, @at, @document, @signature);

-- name: AddLeaves :exec
insert into audit_leaves (chain, count, hash, number, position, path)
select unnest(@chains::uuid[]), unnest(@counts::bigint[]), unnest(@hashes::bytea[]), @number, unnest(@positions::bigint[]), unnest(@paths::bytea[]);

-- name: SetSigned :exec
update audit_chains c set signed = u.count, leaf = u.leaf
from (select unnest(@chains::uuid[]) as chain, unnest(@counts::bigint[]) as count, unnest(@leaves::bytea[]) as leaf) u
where c.chain = u.chain;

-- name: ListUnarchived :many
select * from audit_checkpoints where archived_at is null order by number limit 100;

-- name: LeavesOf :many
select * from audit_leaves where number = @number order by chain;

-- name: SetArchived :exec
update audit_checkpoints set archived_at = clock_timestamp() where number = @number;

-- name: SealsAt :many
select s.* from audit_seals s where (s.chain, s.seq) in (select unnest(@chains::uuid[]), unnest(@seqs::bigint[]));

-- name: CountUnarchived :one
select ((select count(*) from audit_checkpoints where archived_at is null)
    + (select count(*) from restores where document is not null and archived_at is null))::bigint;
