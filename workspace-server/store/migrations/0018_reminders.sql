-- What somebody wants to be reminded of, and when. A row goes when they were.
create table reminders (
    user_id   uuid   not null references users on delete cascade,
    post_id   uuid   not null references posts on delete cascade,
    target_at bigint not null,
    primary key (user_id, post_id)
);
create index reminders_due on reminders (target_at);
