select coalesce((select oldest from public.schema_support), 0)
