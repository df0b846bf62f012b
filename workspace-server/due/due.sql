-- name: NextDue :one
-- When this server has something to do of its own accord, in the past where that is overdue; never: the largest number. It is one statement, so that
-- it sees what one round leaves and another takes up in one of the two: a letter that is owed becomes a mail. Each part is by an index. What nobody
-- would do by these settings doesn't count: mail without a mail server, pushes without a push proxy, and notifications without either.
select coalesce(least(
    (select min(s.scheduled_at) from scheduled_posts s where s.processed_at = 0),
    (select min(r.target_at) from reminders r),
    (select min(h.due_at) from hook_deliveries h),
    (select min(o.due_at) from outbox o where @mails::bool),
    (select min(l.due_at) from letters_owed l where @mails::bool),
    (select min(p.due_at) from pushes p where @pushes::bool),
    (select @now::bigint from notifications n where @mails::bool or @pushes::bool order by n.post_id limit 1)
), 9223372036854775807)::bigint;
