-- Names that customers bring. Several workspaces may claim one; who proves by a record under it that it is theirs holds it, and nobody else.
create table domains (
    id           uuid primary key,
    workspace_id uuid not null references workspaces,
    name         text not null constraint domains_name_check check (length(name) between 3 and 230),
    token        text not null,                  -- which the record has to hold; another one for each claim
    state        text not null constraint domains_state_check check (state in ('pending', 'verified', 'issuing', 'serving', 'failing', 'lapsed')),
    is_primary   boolean not null default false, -- browsers are sent there, while it is served
    says         text not null default '',       -- where it stands, in words
    added_by     text not null,
    added_at     timestamptz not null,
    state_at     timestamptz not null,           -- since when it is in this state
    wrong_since  timestamptz,                    -- since when its records are not as they were proven to be; null: they are
    warned       integer not null default 0,     -- how often its people were told of that
    doubted      boolean not null default false, -- after a restore: it may have been given up, and proves itself anew
    checked_at   timestamptz,
    check_at     timestamptz not null,           -- when its records are looked at next
    constraint domains_claim unique (workspace_id, name)
);
create unique index domains_held on domains (name) where state in ('verified', 'issuing', 'serving', 'failing');
create unique index domains_primary on domains (workspace_id) where is_primary;
create index domains_check_at on domains (check_at);

-- What the newest looks at its records found.
create table domain_checks (
    id        uuid primary key,
    domain_id uuid not null references domains on delete cascade,
    at        timestamptz not null,
    state     text not null,   -- that it led to
    expected  text[] not null,
    found     text[] not null,
    says      text not null
);
create index domain_checks_domain on domain_checks (domain_id, id);

-- Mails that tell those who may change domains how one stands: one for each of them, until it is sent.
create table domain_mails (
    id         uuid primary key,
    domain_id  uuid not null references domains on delete cascade,
    person_id  uuid not null references persons,
    news       text not null constraint domain_mails_news_check check (news in ('serving', 'failing', 'still_failing', 'lapsed')),
    created_at timestamptz not null
);
create index domain_mails_domain on domain_mails (domain_id);
