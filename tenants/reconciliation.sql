-- name: BeginReconciliations :exec
insert into reconciliations (cell_id, since)
select id, @since::timestamptz from cells where state not in ('planned', 'destroyed')
on conflict (cell_id) do update set since = excluded.since, message = '', lost = 0, accepted = 0, accepted_by = '';

-- name: ListReconciliations :many
select r.*, c.name from reconciliations r join cells c on c.id = r.cell_id order by c.id;

-- name: GetReconciliation :one
select r.*, c.name from reconciliations r join cells c on c.id = r.cell_id where r.cell_id = @cell_id;

-- name: LockReconciliation :one
select * from reconciliations where cell_id = @cell_id for update;

-- name: NoteReconciliation :exec
update reconciliations set message = @message, lost = @lost
where cell_id = @cell_id and (message, lost) is distinct from (@message, @lost);

-- name: AcceptLoss :exec
update reconciliations set accepted = lost, accepted_by = @accepted_by where cell_id = @cell_id;

-- name: EndReconciliation :execrows
delete from reconciliations where cell_id = @cell_id;

-- name: CloseRestores :exec
update restores set reconciled_at = @now::timestamptz where reconciled_at is null and not exists (select from reconciliations);

-- name: BeginReconciliation :execrows
insert into reconciliations (cell_id, since)
select id, @since::timestamptz from cells where name = @name and state not in ('planned', 'destroyed')
on conflict (cell_id) do nothing;
