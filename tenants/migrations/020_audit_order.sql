-- Events are numbered as they are written, and get their places in that order: one whose transaction was committed before
-- another event was written has the lower number, whatever the clocks of those who wrote them say. The number of the
-- transaction has to be there before: how far the sealer has come is judged by both.
select pg_advisory_xact_lock(1818780021); -- no pass is under way
create sequence audit_written;
alter table audit_events add column written bigint;
alter table audit_events alter column written set default case when pg_current_xact_id() is not null then nextval('audit_written') end;
create index audit_events_written on audit_events (written);
drop index audit_events_txid;

alter table audit_pass
    add column low          bigint not null default 0, -- no event that is to be sealed has a lower number
    add column mark_txid    xid8,                      -- from this transaction on ...
    add column mark_written bigint,                    -- ... events have higher numbers than this
    add column begun_at     bigint,                    -- the mark that the pass that is going on leaves, with its until
    add column reached      bigint,                    -- how far that pass is
    add column reached_of   pg_snapshot;               -- the until of the pass that both are of

-- What is there has no number, and is sealed, or comes to the list.
insert into audit_unsealed
select e.id from audit_events e, audit_pass p
where e.txid >= pg_snapshot_xmin(p.since) and not exists (select from audit_seals s where s.event_id = e.id)
on conflict do nothing;
update audit_pass set since = pg_current_snapshot(), until = null, after = null;
