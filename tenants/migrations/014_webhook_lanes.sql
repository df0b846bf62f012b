-- Webhooks whose last attempt was slow have couriers' places of their own.
alter table webhooks add column slow boolean not null default false;
