-- What edges share of TLS certificates: certificates, their keys, accounts at issuers. Values are sealed with a key of the keyring, so
-- that a backup of this database opens none of them. Keys are paths, as in certificates/ISSUER/HOST/HOST.key.
create table tls_values (
    key         text primary key check (length(key) between 1 and 1024),
    value       bytea not null,
    size        integer not null check (size >= 0), -- before it was sealed
    modified_at timestamptz not null
);
create index tls_values_host on tls_values (split_part(key, '/', 3));

-- Who does what only one edge shall do at a time, such as asking an issuer for a certificate.
create table tls_locks (
    name         text primary key check (length(name) between 1 and 1024),
    owner        text not null check (length(owner) between 1 and 200),
    leased_until timestamptz not null
);
