-- What a workspace's admins have decided of its configuration, where the environment doesn't. One row at most; each change counts the version up.
create table configuration (
    one       boolean primary key default true check (one),
    version   bigint  not null,
    update_at bigint  not null,
    settings  jsonb   not null -- by their full names, such as TeamSettings.SiteName
);
