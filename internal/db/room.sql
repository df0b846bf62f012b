select count(*) from generate_series(1, 75000)
