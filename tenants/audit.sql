-- name: AddAuditEvent :exec
insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
values (@id, @at, @tenant_id, @actor, @action, @subject, @request_id, @details);

-- name: ListAuditEvents :many
-- Those in their places, of a tenant, or where that is null of the operators. Which filters there are decides over the index, so it
-- has to be planned for them.
select sqlc.embed(e), s.seq from audit_seals s join audit_events e on e.id = s.event_id
where s.chain = @chain and s.seq < @before::bigint
  and (sqlc.narg(tenant_id)::uuid is null and e.tenant_id is null or e.tenant_id = sqlc.narg(tenant_id))
  and (sqlc.narg(action)::text is null or e.action = sqlc.narg(action))
  and (sqlc.narg(actor)::text is null or e.actor = sqlc.narg(actor))
  and (sqlc.narg(subject)::text is null or e.subject = sqlc.narg(subject))
  and (sqlc.narg(since)::timestamptz is null or e.at >= sqlc.narg(since))
  and (sqlc.narg(until)::timestamptz is null or e.at < sqlc.narg(until))
  and e.id >= @oldest
order by s.seq desc
limit @most;

-- name: ListWaitingEvents :many
-- Those that wait for their places, which will be behind all others. Whatever the last pass saw has one, so that few are looked for
-- among the seals, however far the mark is behind.
select e.* from audit_events e
where e.id in (select u.event_id from audit_unsealed u union all select w.id from audit_pass p join audit_events w on w.written > p.low and not pg_visible_in_snapshot(w.txid, p.since))
  and (select s.event_id from audit_seals s where s.event_id = e.id) is null
  and (coalesce(e.written, 0), e.id) < (@before::bigint, @before_id::uuid)
  and (sqlc.narg(tenant_id)::uuid is null and e.tenant_id is null or e.tenant_id = sqlc.narg(tenant_id))
  and (sqlc.narg(action)::text is null or e.action = sqlc.narg(action))
  and (sqlc.narg(actor)::text is null or e.actor = sqlc.narg(actor))
  and (sqlc.narg(subject)::text is null or e.subject = sqlc.narg(subject))
  and (sqlc.narg(since)::timestamptz is null or e.at >= sqlc.narg(since))
  and (sqlc.narg(until)::timestamptz is null or e.at < sqlc.narg(until))
order by coalesce(e.written, 0) desc, e.id desc
limit @most;

-- name: PlaceOfEvent :one
-- An event's place, 0 where it has none yet, and when it was written among others.
select coalesce(s.seq, 0)::bigint as seq, coalesce(e.written, 0)::bigint as written from audit_events e left join audit_seals s on s.event_id = e.id
where e.id = @id;

-- name: IsInTrail :one
-- Whether a trail may tell of a person: of a member, or of who left something in it.
select (exists (select from members m where m.tenant_id = sqlc.narg(tenant_id) and m.person_id = @person_id)
    or exists (select from audit_events e where e.actor = @shown and e.tenant_id = sqlc.narg(tenant_id))
    or exists (select from audit_events e where e.actor = @shown and e.tenant_id is null and sqlc.narg(tenant_id)::uuid is null))::boolean;
