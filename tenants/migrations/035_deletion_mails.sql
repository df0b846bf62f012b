-- Mails that tell those who may delete a workspace that somebody wants that: one for each of them, until it is sent.
create table deletion_mails (
    id           uuid primary key,
    workspace_id uuid not null references workspaces,
    person_id    uuid not null references persons,
    tells        text not null constraint deletion_mails_tells_check check (tells in ('asked', 'soon', 'taken_back')),
    wanted_by    text not null,
    delete_at    timestamptz not null,
    created_at   timestamptz not null
);
-- The date of which they were reminded; another one is told again.
alter table deletions add column reminded_of timestamptz;
