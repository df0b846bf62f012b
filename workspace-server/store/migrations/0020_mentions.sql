-- By which words somebody may be mentioned beside their name: those of their keywords and of their first name, where they want it. '*' stands
-- for keywords that are not found by words of letters and digits of ASCII.
alter table users add column mention_words text[] not null generated always as (array_remove(
    regexp_split_to_array(lower(coalesce(notify_props ->> 'mention_keys', '') collate "C"), '[^a-z0-9]+')
    || case when notify_props ->> 'first_name' = 'true' then regexp_split_to_array(lower(first_name collate "C"), '[^a-z0-9]+') else '{}' end
    || case when coalesce(notify_props ->> 'mention_keys', '') ~ '[^\x01-\x7f]|(^|,)[^a-zA-Z0-9,]+(,|$)'
              or notify_props ->> 'first_name' = 'true' and first_name ~ '[^\x01-\x7f]' then array['*'] else '{}' end, '')) stored;
create index users_by_mention_words on users using gin (mention_words);

-- Of users, those who are mentioned by a word of their own and not with the channel: they follow the thread. Null: all of them, as it was before.
alter table post_mentions add column named uuid[];
