-- name: PutMail :exec
insert into outbox (id, create_at, recipient, subject, body, html, due_at) values (@id, @now, @recipient, @subject, @body, @html, @now);

-- name: TakeMail :one
-- One that is due, and no other instance's until then: whoever takes it and dies leaves it to be taken again.
update outbox set attempts = attempts + 1, due_at = @until
where id = (select o.id from outbox o where o.due_at <= @now order by o.attempts, o.due_at limit 1 for update skip locked)
returning *;

-- name: MailSent :exec
delete from outbox where id = @id;

-- name: PutMailOff :exec
update outbox set due_at = @due_at where id = @id;

-- name: NextMail :one
select coalesce(min(due_at), 0)::bigint from outbox;
