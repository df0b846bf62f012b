-- name: LockTLSAsks :exec
-- Whoever counts and then asks does so alone.
select pg_advisory_xact_lock(@lock::bigint);

-- name: WorkspaceOfHost :one
select workspace_id from routes where @host::text = any(hosts) and state <> 'gone' order by workspace_id limit 1;

-- name: HadTLSCertificate :one
select exists (select from tls_asks where host = @host and issuer = @issuer and ended_at is not null and failed is null);

-- name: RecentTLSAskOfDomain :one
-- The one that is in the way of a further one where only so many are allowed; what lies ahead was dated by a clock that was wrong.
select asked_at from tls_asks
where domain = @domain and issuer = @issuer and first and failed is null and asked_at > @since and asked_at <= @now
order by asked_at desc limit 1 offset @others;

-- name: RecentTLSAskOfWorkspace :one
select asked_at from tls_asks
where workspace_id = @workspace_id and issuer = @issuer and first and failed is null and asked_at > @since and asked_at <= @now
order by asked_at desc limit 1 offset @others;

-- name: RecentTLSAskOfHost :one
select asked_at from tls_asks
where host = @host and issuer = @issuer and (failed is not null) = @failed::boolean and asked_at > @since and asked_at <= @now
order by asked_at desc limit 1 offset @others;

-- name: AddTLSAsk :one
insert into tls_asks (host, domain, issuer, workspace_id, first, asked_at) values (@host, @domain, @issuer, @workspace_id, @first, @now) returning id;

-- name: EndTLSAsk :exec
update tls_asks set ended_at = @now, failed = @failed where id = @id and ended_at is null;

-- name: LastTLSAsks :many
-- The newest of each host that has ended, and may have failed.
select distinct on (host) host, issuer, ended_at, failed from tls_asks where ended_at is not null and host <> '' order by host, id desc;

-- name: ForgetTLSAsks :exec
-- They are counted on, and tell of nobody.
update tls_asks set host = '', workspace_id = null, failed = case when failed is null then null else '' end
where host in (select unnest(r.hosts) from routes r where r.workspace_id = @workspace_id except select unnest(@keeps::text[]));

-- name: RemoveOldTLSAsks :exec
-- That a host had a certificate is known for as long as it has one.
delete from tls_asks where asked_at < @before and (host = '' or failed is not null or ended_at is null or asked_at < @long_before);
