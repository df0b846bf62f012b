-- name: ClaimDomains :many
-- Whoever looks at one has a while for it; then somebody else does.
update domains set check_at = @until::timestamptz
where id in (select d.id from domains d where d.check_at <= @now::timestamptz order by d.check_at limit @most for update skip locked)
returning *;

-- name: SlugOfDomain :one
select w.slug from workspaces w where w.id = @id;

-- name: LockDomainName :exec
-- Nobody else gives this name to anybody until this transaction is over.
select pg_advisory_xact_lock(hashtextextended('domain ' || @name::text, 0));

-- name: ReadDomain :one
select * from domains where id = @id;

-- name: IsDomainHeld :one
select exists (select from domains where name = @name and id <> @id and state in ('verified', 'issuing', 'serving', 'failing'));

-- name: SettleDomain :exec
update domains
set state = @state, state_at = @state_at, says = @says, wrong_since = sqlc.narg(wrong_since), warned = @warned, doubted = @doubted,
    checked_at = @checked_at::timestamptz, check_at = @check_at
where id = @id;

-- name: AddDomainCheck :exec
insert into domain_checks (id, domain_id, at, state, expected, found, says) values (@id, @domain_id, @at, @state, @expected, @found, @says);

-- name: ForgetDomainChecks :exec
delete from domain_checks c where c.domain_id = @domain_id and c.id not in (select n.id from domain_checks n where n.domain_id = @domain_id order by n.id desc limit @most);

-- name: ListDomainChecks :many
select * from domain_checks where domain_id = @domain_id order by id desc limit @most;

-- name: DoubtDomains :exec
-- After a restore: what was given up after the backup is not served again, and is looked at first.
update domains set doubted = true, check_at = @now::timestamptz;

-- name: MendDomains :execrows
-- A look at the records is never further ahead than a day.
update domains
set check_at = least(check_at, clock_timestamp()), wrong_since = least(wrong_since, clock_timestamp()), state_at = least(state_at, clock_timestamp()),
    checked_at = least(checked_at, clock_timestamp())
where check_at > clock_timestamp() + interval '25 hours' or wrong_since > clock_timestamp() + interval '1 minute'
   or state_at > clock_timestamp() + interval '1 minute' or checked_at > clock_timestamp() + interval '1 minute';
