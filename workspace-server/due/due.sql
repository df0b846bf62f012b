-- name: NextDue :one
-- When this server has something to do of its own accord, in the past where that is overdue; never: the largest number. It is one statement, so that
-- it sees what one round leaves and another takes up in one of the two: a letter that is owed becomes a mail. Each part is by an index. What nobody
-- would do by these settings doesn't count: mail without a mail server, pushes without a push proxy, and notifications without either. Of what is sent as
-- soon as it is owed, that which is due before a lease would end may be being sent, and is due now.
select coalesce(least(
    (select min(s.scheduled_at) from scheduled_posts s where s.processed_at = 0),
    (select min(r.target_at) from reminders r),
    (select case when min(h.due_at) <= @leased::bigint then least(min(h.due_at), @now::bigint) else min(h.due_at) end from hook_deliveries h),
    (select case when min(o.due_at) <= @leased::bigint then least(min(o.due_at), @now::bigint) else min(o.due_at) end from outbox o where @mails::bool),
    (select min(l.due_at) from letters_owed l where @mails::bool),
    (select case when min(p.due_at) <= @leased::bigint then least(min(p.due_at), @now::bigint) else min(p.due_at) end from pushes p where @pushes::bool),
    (select @now::bigint from notifications n where @mails::bool or @pushes::bool order by n.post_id limit 1)
), 9223372036854775807)::bigint;
