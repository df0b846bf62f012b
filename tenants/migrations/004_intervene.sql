-- What people do about operations that don't get on, and since when one is taken for stuck. The last failures are counted
-- over all attempts in one direction; a code of the version before leaves these columns alone.
alter table operations
    add column cancelled_by text not null default '',
    add column cancel_reason text not null default '',
    add column stuck_since timestamptz;
create index operations_stuck on operations (stuck_since) where stuck_since is not null and finished_at is null;
-- For what operations of a kind usually take.
create index operations_succeeded on operations (kind, finished_at desc) where state = 'succeeded';
