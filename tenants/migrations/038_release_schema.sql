-- What schema the server of a release brings its database to, by its own word: 0 where it was registered before it was asked.
alter table releases add column schema integer not null default 0;

-- A server refuses a schema that is newer than its own, so that after an upgrade was taken back the blanks of the later release are
-- left for the day it comes back. The version before would take them; its claim finds nothing then, and it makes a storage of its own.
create function spare_later_blanks() returns trigger language plpgsql as $$
begin
    if (select made.schema > wanted.schema
        from releases made, workspaces w join releases wanted on wanted.id = w.release_id
        where made.id = old.release_id and w.id = new.workspace_id) then
        return null;
    end if;
    return new;
end
$$;
create trigger storages_later_blanks before update of state on storages for each row
    when (old.state = 'blank' and new.state = 'taken') execute function spare_later_blanks();
