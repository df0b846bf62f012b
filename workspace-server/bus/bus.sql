-- name: Beat :exec
-- Says that an instance lives, whether it did before or not.
insert into instances (id, beat_at, era, from_birth, sent) values (@id, clock_millis(), @era, @from_birth, @sent)
on conflict (id) do update set beat_at = excluded.beat_at, era = excluded.era, from_birth = excluded.from_birth, sent = excluded.sent;

-- name: BeatAgain :execrows
-- The same of one that others rely on: not once it was taken for dead.
update instances set beat_at = clock_millis()
where instances.id = @id::uuid and not instances.ended and beat_at + sqlc.arg(lapse)::bigint > clock_millis();

-- name: Peers :many
-- Every other instance, and whether it lives.
select *, (not ended and beat_at + sqlc.arg(lapse)::bigint > clock_millis())::bool as live
from instances where id <> @me;

-- name: SendBatch :execrows
-- Numbered one after another by its one writer. That others are woken costs a lock of all of the server's databases, once for a batch.
with me as (
    update instances set sent = @seq, beat_at = clock_millis()
    where instances.id = @id::uuid and not instances.ended and beat_at + sqlc.arg(lapse)::bigint > clock_millis()
    returning id, beat_at
), woken as (
    select pg_notify(@channel::text, me.id::text) from me
)
insert into batches (instance, seq, at, echoes) select me.id, @seq, me.beat_at, @echoes from me, woken;

-- name: BatchesOf :many
select seq, echoes from batches where instance = @instance and seq > @after order by seq limit @max_rows;

-- name: EndInstance :exec
update instances set ended = true where id = @id;

-- name: ForgetInstances :exec
-- What nobody reads any more: batches that everybody had the time to read, and instances that are gone.
with old as (
    delete from batches where at + sqlc.arg(keep)::bigint < clock_millis()
)
delete from instances where beat_at + sqlc.arg(keep) < clock_millis();

-- name: WhoIsIn :many
-- Those of the users who are in the channel, or in the team.
select user_id from channel_members where channel_id = @channel_id::uuid and user_id = any(@users::uuid[])
union all
select user_id from team_members where team_id = @team_id::uuid and user_id = any(@users) and delete_at = 0;
