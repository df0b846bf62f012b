alter table audit_events alter column txid set default pg_current_xact_id();
create index if not exists audit_events_txid on audit_events (txid);
select pg_advisory_unlock(1818780021)
