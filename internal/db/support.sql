create table if not exists public.schema_support (one boolean primary key default true check (one), oldest integer not null)
