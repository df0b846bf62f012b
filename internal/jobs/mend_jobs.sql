update river_job set scheduled_at = greatest(scheduled_at - make_interval(secs => $1::float8), now())
where state in ('available', 'retryable', 'scheduled') and scheduled_at > now()
