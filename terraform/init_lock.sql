-- Held until the session ends. The number is "init" in ASCII.
select pg_advisory_lock(1768843636);
