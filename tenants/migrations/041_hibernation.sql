-- Hibernation: a workspace that nobody uses has no instance, and a request wakes it. The version before knows neither the states nor the
-- kinds: it leaves such operations to workers of this one, and its edges answer 503 for a route that is asleep.
alter table workspaces drop constraint workspaces_state_check,
    add constraint workspaces_state_check check (state in ('provisioning', 'running', 'stopping', 'stopped', 'starting',
                                                           'hibernating', 'hibernated', 'waking', 'deleting', 'removing', 'deleted'));
alter table workspaces
    add column hibernated_at  timestamptz,                -- since when its instance rests; null: it does not
    add column wake_at        timestamptz,                -- when something is due in it, by the word of its instance; null: nothing is
    add column wake_wanted_at timestamptz,                -- since when somebody wants it who came while it was being put to rest
    add column wakes          bigint not null default 0,  -- how often it was woken
    add column last_wake_ms   bigint;                     -- how long that took the last time; null: it never was
create index workspaces_wake_at on workspaces (wake_at) where state = 'hibernated';

alter table operations drop constraint operations_kind_check,
    add constraint operations_kind_check check (kind in ('prepare', 'discard', 'provision', 'start', 'stop', 'hibernate', 'wake', 'retire', 'delete'));

alter table routes drop constraint routes_state_check,
    add constraint routes_state_check check (state in ('serving', 'asleep', 'stopped', 'gone'));

alter table deletions drop constraint deletions_was_check,
    add constraint deletions_was_check check (was in ('running', 'stopped', 'hibernated'));

-- The instance of a hibernated workspace rests: it is none of the cell's, and the next one goes on under its id and its user id, of which
-- there are only so many.
alter table instances drop constraint instances_state_check,
    add constraint instances_state_check check (state in ('starting', 'ready', 'resting', 'removed'));
