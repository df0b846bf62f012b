insert into public.schema_support (oldest) values ($1) on conflict (one) do update set oldest = greatest(schema_support.oldest, excluded.oldest)
