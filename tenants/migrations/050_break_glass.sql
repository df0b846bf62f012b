-- An owner whom an IP filter shuts out gets back in for an hour, by a link that is mailed, and a code beside it. Who asked by an e-mail address
-- alone; whose that is, and what they own, is found out later, where who asks sees nothing of it.
create table break_glass_wishes (
    id         uuid primary key,
    email      text not null,
    host       text not null,                    -- of which workspace; empty: of all that are closed
    asked_from text not null,                    -- the address; empty: it isn't known
    asked_at   timestamptz not null
);
create index break_glass_wishes_asked on break_glass_wishes (asked_at);

-- Links, also those that were used or refused, by which the next ones are counted.
create table break_glass_links (
    id           uuid primary key,
    workspace_id uuid not null references workspaces,
    person_id    uuid not null references persons,
    proof        bytea not null,                 -- SHA-256 of the person's e-mail address and password hash: when one changes, the link is worthless
    by_email     boolean not null,               -- who asked named an e-mail address, and hadn't signed in
    asked_by     text not null,
    asked_from   text not null,
    asked_at     timestamptz not null,
    ends_at      timestamptz not null,
    reason       text not null,                  -- empty: it is asked for when the link is used
    refused      boolean not null,               -- there were too many: nothing is mailed
    secret_hash  bytea unique,                   -- SHA-256 of what the link holds; null: none was mailed yet, or it was taken back
    codes        integer not null default 0,     -- how many were asked for
    code_hash    bytea,                          -- SHA-256 of the id and the code; null: none is good
    code_ends_at timestamptz,
    tries        integer not null default 0,     -- wrong codes
    used_at      timestamptz
);
create index break_glass_links_workspace on break_glass_links (workspace_id, asked_at);
create index break_glass_links_person on break_glass_links (person_id, asked_at);
create index break_glass_links_asked on break_glass_links (asked_at);

-- Rules that owners let themselves in by, until they are taken out of the filter. What the rules themselves say of it the version before
-- passes over, and leaves out when it saves them: they stay as rules that have ended.
create table ip_filter_hours (
    workspace_id uuid not null references workspaces,
    rule_id      uuid not null,
    ends_at      timestamptz not null,
    primary key (workspace_id, rule_id)
);
create index ip_filter_hours_ends on ip_filter_hours (ends_at);
