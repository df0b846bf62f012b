-- What outgoing hooks are to tell programs of posts. A row is written with its post, and goes when the program has been told, or is told no more.
create table hook_deliveries (
    id       uuid    primary key,
    hook_id  uuid    not null references outgoing_hooks on delete cascade,
    post_id  uuid    not null references posts on delete cascade,
    address  text    not null,
    host     text    not null, -- of the address
    word     text    not null, -- what the post began with; empty: the hook is told of all
    attempts integer not null default 0,
    due_at   bigint  not null,
    constraint hook_deliveries_once unique (hook_id, post_id, address)
);
create index hook_deliveries_due on hook_deliveries (due_at);
create index hook_deliveries_by_post on hook_deliveries (post_id);
