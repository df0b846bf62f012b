-- name: TryAuditLock :one
select pg_try_advisory_xact_lock(@lock::bigint);

-- name: UnsealedEvents :many
-- Those on the list.
select e.* from audit_unsealed u join audit_events e on e.id = u.event_id order by e.id limit @most;

-- name: LastWritten :one
-- What is written in transactions that begin from now on has higher numbers.
select coalesce(pg_sequence_last_value('audit_written'), 0)::bigint;

-- name: LockAuditPass :one
-- The pass that goes on, or a new one up to now. Where code of the version before was at it, how far it is and its mark, which is
-- -1 then, are not known.
select since::text as since, coalesce(until, pg_current_snapshot())::text as until, low, (until is null)::boolean as fresh,
       coalesce(case when reached_of::text = until::text then reached end, 0)::bigint as reached,
       coalesce(case when reached_of::text = until::text then begun_at end, -1)::bigint as begun_at
from audit_pass for update;

-- name: CommittedEvents :many
-- Those that were committed between two snapshots, as they were written. Where some of them may have their places already, each is looked
-- for among the seals: one by one, as a join would read millions of them to look for a few.
select e.* from audit_events e
where e.written > @low::bigint and e.written >= @reached::bigint
  and pg_visible_in_snapshot(e.txid, @until::pg_snapshot) and not pg_visible_in_snapshot(e.txid, @since::pg_snapshot)
  and (not @look::boolean and e.written > @reached::bigint or (select s.event_id from audit_seals s where s.event_id = e.id) is null)
order by e.written, e.id
limit @most;

-- name: GoOnWithAuditPass :exec
update audit_pass set until = @until::pg_snapshot, reached = @reached::bigint, reached_of = @until::pg_snapshot, begun_at = @begun_at::bigint;

-- name: EndAuditPass :exec
-- Once all transactions from before a mark are over, whatever is still to be sealed is above it. Then there is a new mark.
update audit_pass set since = @until::pg_snapshot, until = null, after = null, reached = null, reached_of = null, begun_at = null,
    low          = case when passed then mark_written else low end,
    mark_txid    = case when @begun_at::bigint >= 0 and coalesce(passed, true) then pg_snapshot_xmax(@until::pg_snapshot) else mark_txid end,
    mark_written = case when @begun_at::bigint >= 0 and coalesce(passed, true) then @begun_at::bigint else mark_written end
from (select pg_snapshot_xmin(@until::pg_snapshot) >= mark_txid as passed from audit_pass) p;

-- name: ListUnsealed :exec
-- Puts on the list whatever is not sealed.
insert into audit_unsealed
select e.id from audit_events e where not exists (select from audit_seals s where s.event_id = e.id)
on conflict do nothing;

-- name: BeginAuditPasses :exec
-- What is visible now is sealed, or on the list.
update audit_pass set since = pg_current_snapshot(), until = null, after = null, reached = null, reached_of = null, begun_at = null,
    mark_txid = null, mark_written = null, low = coalesce(pg_sequence_last_value('audit_written'), 0);

-- name: AuditHeads :many
select * from audit_chains where chain = any(@chains::uuid[]);

-- name: AddSeals :copyfrom
insert into audit_seals (chain, seq, event_id, hash) values (@chain, @seq, @event_id, @hash);

-- name: SetAuditHeads :exec
insert into audit_chains (chain, count, hash)
select unnest(@chains::uuid[]), unnest(@counts::bigint[]), unnest(@hashes::bytea[])
on conflict (chain) do update set count = excluded.count, hash = excluded.hash;

-- name: ForgetUnsealed :exec
delete from audit_unsealed where event_id = any(@events::uuid[]);

-- name: CountUnsealed :one
-- Events on the list, and those that the next pass will find.
select ((select count(*) from audit_unsealed) + (
    select count(*) from audit_pass p join audit_events e on e.written > p.low
    where e.txid < pg_snapshot_xmax(pg_current_snapshot()) and not pg_visible_in_snapshot(e.txid, p.since)
      and not exists (select from audit_seals s where s.event_id = e.id)))::bigint;
