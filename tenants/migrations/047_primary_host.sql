-- Where an edge sends browsers that come to another of the route's hosts; empty: nowhere.
alter table routes add column primary_host text not null default '';
