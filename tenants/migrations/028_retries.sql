-- The operation that gave up, or was cancelled, and that this one does again.
alter table operations add column retry_of uuid references operations;
