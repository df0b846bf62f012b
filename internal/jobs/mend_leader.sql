-- Leaders are elected for some seconds.
delete from river_leader where expires_at > now() + interval '2 minutes'
