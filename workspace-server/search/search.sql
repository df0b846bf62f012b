-- name: SearchPosts :many
-- Posts of the channels that the user is in. A list that is empty bounds nothing.
select p.* from posts p
join channels c on c.id = p.channel_id
join channel_members m on m.channel_id = p.channel_id and m.user_id = @user_id
where p.delete_at = 0 and p.type in ('', 'me')
  and (@team_id::uuid is null or c.team_id = @team_id or c.team_id is null)
  and (c.delete_at = 0 or @include_archived::bool)
  and case when @any_of::bool and @wanted::text <> '' and @wanted_signs::text <> ''
      then to_tsvector('simple', p.message) @@ to_tsquery('simple', @wanted) or has_signs(p.message) and sign_words(p.message) @@ to_tsquery('simple', @wanted_signs)
      else (@wanted = '' or to_tsvector('simple', p.message) @@ to_tsquery('simple', @wanted))
       and (@wanted_signs = '' or has_signs(p.message) and sign_words(p.message) @@ to_tsquery('simple', @wanted_signs)) end
  and (@unwanted::text = '' or not to_tsvector('simple', p.message) @@ to_tsquery('simple', @unwanted))
  and (@unwanted_signs::text = '' or not has_signs(p.message) or not sign_words(p.message) @@ to_tsquery('simple', @unwanted_signs))
  and (cardinality(@tags::text[]) = 0 or p.hashtags <> '' and case when @any_of
       then string_to_array(lower(p.hashtags), ' ') && @tags else string_to_array(lower(p.hashtags), ' ') @> @tags end)
  and not string_to_array(lower(p.hashtags), ' ') && @not_tags::text[]
  and (not @by_author::bool or p.user_id = any(@authors::uuid[])) and p.user_id <> all(@not_authors::uuid[])
  and (not @by_channel::bool or p.channel_id = any(@channels::uuid[])) and p.channel_id <> all(@not_channels::uuid[])
  and p.create_at >= @since::bigint and (@until::bigint = 0 or p.create_at < @until)
  and not (p.create_at >= @not_since::bigint and p.create_at < @not_until::bigint)
order by p.create_at desc, p.id desc limit @max_rows offset @skip;

-- name: ChannelsNamed :many
-- Those that the user is in, by their names, and direct messages by the other's user name after an @.
select c.id, c.name::text as name from channels c join channel_members m on m.channel_id = c.id and m.user_id = @user_id
where c.name = any(@names::text[]) and (@team_id::uuid is null or c.team_id = @team_id or c.team_id is null)
union
select c.id, '@' || u.username from users u
join channel_members other on other.user_id = u.id
join channels c on c.id = other.channel_id and c.type = 'D'
join channel_members m on m.channel_id = c.id and m.user_id = @user_id
where '@' || u.username = any(@names) and (u.id <> @user_id or (select count(*) from channel_members x where x.channel_id = c.id) = 1);

-- name: UsersNamed :many
select id, username from users where username = any(@names::text[]);

-- name: SearchFiles :many
-- Files of posts in the channels that the user is in. A list that is empty bounds nothing.
select f.* from files f
join channels c on c.id = f.channel_id
join channel_members m on m.channel_id = f.channel_id and m.user_id = @user_id
where f.post_id is not null and f.delete_at = 0
  and (@team_id::uuid is null or c.team_id = @team_id or c.team_id is null)
  and (c.delete_at = 0 or @include_archived::bool)
  and (@wanted::text = '' or f.words @@ to_tsquery('simple', @wanted))
  and (@unwanted::text = '' or not f.words @@ to_tsquery('simple', @unwanted))
  and (cardinality(@extensions::text[]) = 0 or f.extension = any(@extensions)) and f.extension <> all(@not_extensions::text[])
  and (not @by_author::bool or f.creator_id = any(@authors::uuid[])) and f.creator_id <> all(@not_authors::uuid[])
  and (not @by_channel::bool or f.channel_id = any(@channels::uuid[])) and f.channel_id <> all(@not_channels::uuid[])
  and f.create_at >= @since::bigint and (@until::bigint = 0 or f.create_at < @until)
  and not (f.create_at >= @not_since::bigint and f.create_at < @not_until::bigint)
order by f.create_at desc, f.id desc limit @max_rows offset @skip;

-- name: NoteFileWords :execrows
-- Of files from before there were any.
update files set words = file_words(name) where id in (select f.id from files f where f.words is null limit @most for update skip locked);
