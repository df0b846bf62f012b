-- name: ListTLSChains :many
select * from tls_values where starts_with(key, 'certificates/') and key like '%.crt' order by key;

-- name: ListTLSChainsOfHost :many
select * from tls_values where starts_with(key, 'certificates/') and key like '%.crt' and split_part(key, '/', 3) = @folder::text order by key;

-- name: AddTLSRevocation :exec
insert into tls_revocations (host, issuer, fingerprint, certificate, reason, asked_at, asked_by, ends_at)
values (@host, @issuer, @fingerprint, @certificate, @reason, @now, @asked_by, @ends_at) on conflict (fingerprint) do nothing;

-- name: ListTLSRevocations :many
-- Of certificates that somebody might still use.
select * from tls_revocations where ends_at > @now order by id;

-- name: EndTLSRevocation :exec
update tls_revocations set done_at = case when @failed::text = '' then @now::timestamptz end, said = nullif(@failed::text, '') where id = @id and done_at is null;

-- name: RemoveOldTLSRevocations :exec
-- One that was given up with its host is kept until its issuer has heard of it.
delete from tls_revocations v
where v.ends_at <= @now or v.done_at is not null and not exists (select from routes r where v.host = any(r.hosts) and r.state <> 'gone') and v.asked_at < @before;
