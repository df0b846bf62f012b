-- What edges ask issuers of TLS certificates for: it is counted, as issuers count it, and operators see what came of it. What was asked for
-- a host that was given up is counted on without its name.
create table tls_asks (
    id           bigint generated always as identity primary key,
    host         text not null,
    domain       text not null,          -- that somebody registered, and for which issuers count
    issuer       text not null,
    workspace_id uuid,
    first        boolean not null,       -- the host had no certificate of this issuer before
    asked_at     timestamptz not null,
    ended_at     timestamptz,            -- null: under way, or the edge died
    failed       text                    -- what it failed of; null: of nothing
);
create index tls_asks_host on tls_asks (host, asked_at);
create index tls_asks_domain on tls_asks (domain, asked_at);
create index tls_asks_workspace on tls_asks (workspace_id, asked_at);

-- TLS certificates that nobody may use any more. Edges that hear of one stop using it, and one of them tells the issuer.
create table tls_revocations (
    id          bigint generated always as identity primary key,
    host        text not null,
    issuer      text not null,
    fingerprint text not null unique,    -- SHA-256 of the certificate, in hexadecimal
    certificate bytea not null,          -- the chain in PEM, without its key
    reason      text not null check (reason in ('unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation')),
    asked_at    timestamptz not null,
    asked_by    text not null,
    ends_at     timestamptz not null,    -- when the certificate ends by itself
    done_at     timestamptz,             -- when the issuer had heard of it
    said        text                     -- why it has not, as the issuer put it
);
create index tls_revocations_host on tls_revocations (host);
