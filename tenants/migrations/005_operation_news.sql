-- Whoever watches an operation is told when it, or one of its steps, has changed. Renewed leases are no news.
create function tell_of_operation() returns trigger language plpgsql as $$
begin
    perform pg_notify('operations', coalesce(to_jsonb(new) ->> 'operation_id', to_jsonb(new) ->> 'id'));
    return null;
end $$;

create trigger operations_news after update on operations for each row
    when ((old.state, old.step, old.attempts, old.message, old.stuck_since) is distinct from (new.state, new.step, new.attempts, new.message, new.stuck_since))
    execute function tell_of_operation();
create trigger operation_steps_news after insert or update on operation_steps for each row
    execute function tell_of_operation();
