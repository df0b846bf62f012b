-- Where there are two cells already, code from before there could be a second one is kept away: it takes each for that of its machine.
update public.schema_support set oldest = greatest(oldest, 16) where (select count(*) from cells) > 1;
