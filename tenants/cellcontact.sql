-- name: NoteReached :exec
-- It is looked at every two seconds; most of that is not worth a write.
insert into cell_contacts as c (cell_id, reached_at) values (@cell_id, clock_timestamp())
on conflict (cell_id) do update set reached_at = excluded.reached_at, failing_since = null, failed_at = null, failure = ''
where c.failing_since is not null or c.reached_at not between clock_timestamp() - interval '10 seconds' and clock_timestamp();

-- name: NoteUnreached :exec
-- Time in which nobody has looked, as while the control plane was stopped, says nothing of a cell that was not lost before; a clock that
-- leapt says nothing either.
insert into cell_contacts as c (cell_id, failing_since, failed_at, failure) values (@cell_id, clock_timestamp(), clock_timestamp(), @failure)
on conflict (cell_id) do update
set failing_since = case when c.failed_at - c.failing_since >= make_interval(secs => @lost_after::float8) then c.failing_since
                         when c.failed_at between clock_timestamp() - make_interval(secs => @look_within::float8) and clock_timestamp() then c.failing_since
                         else clock_timestamp() end,
    failed_at = clock_timestamp(), failure = excluded.failure;

-- name: CellContacts :many
select * from cell_contacts;

-- name: ForgetContact :exec
delete from cell_contacts where cell_id = @cell_id;
