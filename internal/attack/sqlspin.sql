set statement_timeout = $1;
do $$ begin loop end loop; end $$
