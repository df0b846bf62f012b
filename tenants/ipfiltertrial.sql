-- name: TryIPFilter :exec
insert into ip_filter_trials (workspace_id, version, back_to, ends_at) values (@workspace_id, @version, @back_to, @ends_at);

-- name: GetIPFilterTrial :one
select * from ip_filter_trials where workspace_id = @workspace_id;

-- name: EndIPFilterTrial :exec
delete from ip_filter_trials where workspace_id = @workspace_id;

-- name: DueIPFilterTrials :many
select workspace_id from ip_filter_trials where ends_at <= @now::timestamptz order by ends_at limit 100;

-- name: MendIPFilterTrials :execrows
update ip_filter_trials
set ends_at = case when ends_at > clock_timestamp() + make_interval(secs => @longest::float8) + interval '1 minute' then clock_timestamp()
                   else greatest(ends_at - make_interval(secs => @back::float8), clock_timestamp()) end
where ends_at > clock_timestamp() + make_interval(secs => @longest::float8) + interval '1 minute' or @back > 0 and ends_at > clock_timestamp();
