-- Whether terraform has begun to make the cell since it was added: until then it is taken back without terraform.
alter table cells add column apply_begun boolean not null default false;
update cells c set apply_begun = true
where c.state <> 'planned' or exists (select from cell_runs r where r.cell_id = c.id and r.kind = 'apply' and r.started_at is not null);
