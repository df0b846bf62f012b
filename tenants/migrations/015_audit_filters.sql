-- So that an audit trail can be asked who did something, what was done, and to what, without reading all of it.
create index audit_events_action on audit_events (tenant_id, action, id);
create index audit_events_actor on audit_events (tenant_id, actor, id);
create index audit_events_subject on audit_events (tenant_id, subject, id);
