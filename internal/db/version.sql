select version from public.schema_version
