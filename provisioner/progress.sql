-- name: GetOperation :one
select * from operations where id = @id and epoch = @epoch;

-- name: DropSteps :exec
-- What was begun is never dropped.
delete from operation_steps where operation_id = @operation_id and state = 'waiting' and name <> all(@names::text[]);

-- name: MoveSteps :exec
update operation_steps set number = array_position(@names::text[], name) - 1 + @beyond::integer where operation_id = @operation_id;

-- name: AddSteps :exec
insert into operation_steps (operation_id, number, name, state)
select @operation_id, n - 1, (@names::text[])[n], 'waiting'
from generate_series(1, cardinality(@names::text[])) as n
on conflict (operation_id, number) do nothing;

-- name: ListSteps :many
select name, state from operation_steps where operation_id = @operation_id order by number;

-- name: BeginStep :one
update operation_steps
set attempts = case when state = @state then attempts + 1 else 1 end,
    state = @state,
    started_at = coalesce(started_at, clock_timestamp())
where operation_id = @operation_id and number = @number
returning attempts;

-- name: FinishStep :exec
with finished as (
    update operation_steps
    set state = @state, message = '', failure = case when @state = 'done' then '' else failure end, finished_at = clock_timestamp()
    where operation_id = @operation_id and number = @number
)
update operations set interruptions = 0, interruption = '' where id = @operation_id and interruptions > 0;

-- name: SetProgress :execrows
-- Nobody goes on with what was cancelled meanwhile.
update operations
set state = @state, step = @step, attempts = @attempts, message = @message,
    started_at = coalesce(started_at, clock_timestamp())
where id = @id and (@state = 'undoing' or state <> 'undoing');

-- name: TurnBack :exec
with noted as (
    update operation_steps set failure = @failure where operation_id = @id and number = @number
)
update operations
set state = 'undoing', attempts = 0, message = @message, failure = @reason, due_at = clock_timestamp()
where operations.id = @id and state <> 'undoing';

-- name: Decline :exec
with noted as (
    update operation_steps set message = @message where operation_id = @id and number = @number
)
update operations
set state = 'undoing', attempts = 0, message = @message, cancelled_by = @by, cancel_reason = @message, due_at = clock_timestamp()
where operations.id = @id and state <> 'undoing';

-- name: Postpone :exec
with noted as (
    update operation_steps set message = @message, failure = @failure where operation_id = @id and number = @number
)
update operations
set due_at = clock_timestamp() + make_interval(secs => @seconds::float8), message = @message
where operations.id = @id;

-- name: EndOperation :execrows
update operations
set state = @state, step = '', message = @message, finished_at = clock_timestamp(), lease_owner = null, lease_until = null
where id = @id and (@state <> 'succeeded' or state <> 'undoing');
