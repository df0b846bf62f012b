-- Certificates go to the archive too, so that a database of before has them again. Nobody changes what was signed.
alter table certificates add column archived_at timestamptz;
create index certificates_unarchived on certificates (issued_at) where archived_at is null;
drop trigger certificates_kept on certificates;
create trigger certificates_kept before update of workspace_id, issued_at, jws or delete or truncate on certificates
    for each statement execute function keep_as_written();
