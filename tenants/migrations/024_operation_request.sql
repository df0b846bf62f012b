-- The request that asked for an operation, by the id that the request's own log line has. Empty: nobody asked over the API.
alter table operations add column request_id text not null default '';
