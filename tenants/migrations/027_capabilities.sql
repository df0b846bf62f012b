-- What a release's server can be asked for beyond the original, as its binary says. None is known of what the version before registered.
alter table releases add column capabilities text[] not null default '{}';
