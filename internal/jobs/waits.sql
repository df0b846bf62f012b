select exists (select from river_job where state = 'available' and queue = $1 and args @> jsonb_build_object('id', $2::text))
