-- How often in a row an operation was interrupted outside of its steps, where no attempts are counted.
alter table operations add column interruptions integer not null default 0;
