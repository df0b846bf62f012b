-- What nobody could read is refused, and not found later. Rows from before are as they are; the sealer takes them all the same.
alter table audit_events
    add constraint audit_events_details_check check (jsonb_typeof(details) = 'object' and not jsonb_exists(details, '')
        and not jsonb_path_exists(details, 'strict $.* ? (@.type() != "string")', silent => true)) not valid,
    add constraint audit_events_at_check check (at >= '1970-01-01 00:00:00+00' and at < '9999-01-01 00:00:00+00') not valid;
