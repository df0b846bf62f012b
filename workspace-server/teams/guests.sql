-- name: TurnTeamMembers :many
update team_members set guest = @guest, admin = admin and not @guest where user_id = @user_id returning *;

-- name: TurnChannelMembers :many
-- In an order, as others change several of them at a time.
with mine as (
    select m.channel_id from channel_members m where m.user_id = @user_id order by m.channel_id for no key update
)
update channel_members m set guest = @guest, admin = m.admin and not @guest, last_update_at = @now
from mine where m.channel_id = mine.channel_id and m.user_id = @user_id
returning m.*;
