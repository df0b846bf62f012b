-- What was removed of a workspace, as far as the removal has come.
create table removals (
    workspace_id uuid not null references workspaces,
    kind         text not null constraint removals_kind_check
                 check (kind in ('route', 'instance', 'database', 'role', 'bucket', 'credential', 'key', 'storage')),
    name         text not null,
    removed_at   timestamptz,
    observed_at  timestamptz,
    observed     text not null default '',
    objects      bigint,
    bytes        bigint,
    primary key (workspace_id, kind, name)
);

-- The certificate of each deletion, as it was signed.
create table certificates (
    workspace_id uuid primary key references workspaces,
    issued_at    timestamptz not null,
    jws          text not null
);
create trigger certificates_kept before update or delete or truncate on certificates for each statement execute function keep_as_written();
