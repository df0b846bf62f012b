-- Their bytes are in the bucket. 0: there is none.
alter table teams add column last_icon_update bigint not null default 0;

-- Whether there are smaller ones of an image, as was found out when it was uploaded.
alter table files add column drawable boolean not null default false;

create table emoji (
    id         uuid   primary key,
    creator_id uuid   not null references users,
    create_at  bigint not null,
    update_at  bigint not null,
    delete_at  bigint not null default 0,
    name       text   not null
);
-- A name is free again once its emoji is deleted.
create unique index emoji_name on emoji (name) where delete_at = 0;
