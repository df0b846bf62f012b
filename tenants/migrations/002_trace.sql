-- The span of the request that asked for an operation, as the traceparent of W3C Trace Context, so that whoever works it
-- continues the trace. Empty: nobody traces.
alter table operations add column traceparent text not null default '';
