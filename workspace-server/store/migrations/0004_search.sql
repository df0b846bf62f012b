-- What people wrote, by its words and tags. The words are worked out again for each match, which is cheaper than to keep them beside.
create index posts_by_word on posts using gin (to_tsvector('simple', message)) where delete_at = 0 and type in ('', 'me');
create index posts_by_hashtag on posts using gin (string_to_array(lower(hashtags), ' ')) where delete_at = 0 and type in ('', 'me') and hashtags <> '';
