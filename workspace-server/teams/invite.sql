-- name: PutInvitation :execrows
-- The last one of an address counts. None, where that had one just now, to whichever team, or the inviter had too many mailed.
insert into invitations (token_hash, team_id, inviter_id, email, channel_ids, create_at, expires_at)
select @token_hash, @team_id, @inviter_id, @email, coalesce(@channel_ids::uuid[], '{}'), @now::bigint, @expires_at
where (select coalesce(sum(i.mailed), 0) from invitations i where i.inviter_id = @inviter_id and i.expires_at > @now) < @most::bigint
  and not exists (select from invitations i where i.email = @email and i.create_at > @since::bigint)
on conflict (email, team_id) do update
    set token_hash = excluded.token_hash, inviter_id = excluded.inviter_id, channel_ids = excluded.channel_ids, mailed = invitations.mailed + 1,
        create_at = excluded.create_at, expires_at = excluded.expires_at
    where invitations.create_at <= @since;

-- name: InvitationByToken :one
select sqlc.embed(i), sqlc.embed(t), sqlc.embed(u), (i.token_hash = @guest_hash::bytea)::bool as for_guest from invitations i join teams t on t.id = i.team_id join users u on u.id = i.inviter_id
where i.token_hash in (@token_hash, @guest_hash) and i.expires_at > @now and t.delete_at = 0;

-- name: UseInvitation :execrows
-- Taking the row away is what makes it single-use.
delete from invitations where token_hash = @token_hash;

-- name: DeleteInvitationsOfTeam :exec
delete from invitations where team_id = @team_id;

-- name: DeleteInvitations :exec
delete from invitations;

-- name: DeleteExpiredInvitations :exec
delete from invitations where expires_at <= @now;
