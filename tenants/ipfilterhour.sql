-- name: AddIPFilterHour :exec
insert into ip_filter_hours (workspace_id, rule_id, ends_at) values (@workspace_id, @rule_id, @ends_at);

-- name: DueIPFilterHours :many
select distinct workspace_id from ip_filter_hours where ends_at <= @now::timestamptz limit 100;

-- name: TakeIPFilterHours :many
delete from ip_filter_hours where workspace_id = @workspace_id and ends_at <= @now::timestamptz returning rule_id;

-- name: ForgetIPFilterHours :exec
delete from ip_filter_hours where workspace_id = @workspace_id;

-- name: MendIPFilterHours :execrows
-- Rules end by the edges' clocks; one that would last for longer than any is taken out at once.
update ip_filter_hours set ends_at = clock_timestamp()
where ends_at > clock_timestamp() + make_interval(secs => @lasts::float8) + interval '1 minute';
