alter table audit_events alter column txid set default pg_current_xact_id(),
    alter column written set default case when pg_current_xact_id() is not null then nextval('audit_written') end;
create index if not exists audit_events_written on audit_events (written);
select pg_advisory_unlock(1818780021)
