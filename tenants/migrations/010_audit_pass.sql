-- Events carry the transaction that wrote them, and a pass of the sealer takes those whose transactions were committed
-- since the pass before. What no transaction of this cluster tells of stays on the list audit_unsealed: events from
-- before this, and what was not sealed in a database that was restored.
alter table audit_events add column txid xid8;
alter table audit_events alter column txid set default pg_current_xact_id();
create index audit_events_txid on audit_events (txid);

create table audit_pass (
    one   boolean primary key default true check (one),
    since pg_snapshot not null, -- what is visible in it is sealed, or on the list
    until pg_snapshot,          -- of the pass that is going on; null: none is
    after uuid                  -- how far that pass is
);

drop trigger audit_events_await_seal on audit_events;
insert into audit_pass (since) values (pg_current_snapshot());
