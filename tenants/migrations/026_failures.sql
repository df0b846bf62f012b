-- What went wrong, for operators: why an operation was given up, what interrupted it last outside of its steps, and what each step
-- failed with last. No secrets.
alter table operations
    add column failure text not null default '',
    add column interruption text not null default '';
alter table operation_steps add column failure text not null default '';
