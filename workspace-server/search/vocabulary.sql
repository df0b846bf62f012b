-- name: LearnWords :one
-- Reads on in posts and edits that no other can come before any more, unless another instance is at it. Answers how many it read. When there is
-- no room for new words, those that are known stay. Long posts are read fewer at a time.
with place as (
    select v.*, greatest(0, sqlc.arg(most_words)::int - v.words) as room from vocabulary v limit 1 for update skip locked
), written as (
    select * from (
        select p.id, p.message, p.delete_at, p.type, sum(octet_length(p.message)) over (order by p.id) - octet_length(p.message) as before
        from place cross join lateral (select * from posts where posts.id > place.reached and posts.id < @settled::uuid order by posts.id limit @most_posts::int) p
    ) w where w.before < @most_bytes::int
), edited as (
    select * from (
        select e.id, p.message, p.delete_at, sum(octet_length(p.message)) over (order by e.id) - octet_length(p.message) as before
        from place cross join lateral (select * from post_edits where post_edits.id > place.edits and post_edits.id < @settled order by post_edits.id limit @most_posts) e
        join posts p on p.id = e.post_id
    ) w where w.before < @most_bytes::int
), said as (
    select spoken.word collate "C" as word, least(count(*), 2) as times from (
        select message from written where delete_at = 0 and type in ('', 'me')
        union all
        select message from edited where delete_at = 0
    ) m, unnest(spoken_words(m.message)) spoken(word)
    where length(spoken.word) <= 40 and not has_signs(spoken.word) group by spoken.word collate "C"
), noted as (
    select said.word, said.times, place.round, place.room, w.word is null as new, row_number() over (partition by w.word is null) as n
    from place, said left join words w on w.word = said.word where w.word is null or w.times < 2 or w.round <> place.round
), learned as (
    insert into words as known (word, times, round)
    select noted.word, noted.times, noted.round from noted where not noted.new or noted.n <= noted.room
    on conflict (word) do update set round = excluded.round,
        times = case when known.round = excluded.round then least(2, known.times + excluded.times) else excluded.times end
    returning (xmax = 0) as new
)
update vocabulary set words = vocabulary.words + (select count(*) from learned where new),
    reached = coalesce((select id from written order by id desc limit 1), vocabulary.reached),
    edits = coalesce((select id from edited order by id desc limit 1), vocabulary.edits)
from place where vocabulary.one = place.one
returning ((select count(*) from written) + (select count(*) from edited))::bigint as read;

-- name: ForgetWords :one
-- At a round's end, those that it did not meet; and where there are too many, those that were met once, the oldest first. Answers how many.
with place as (
    select v.* from vocabulary v limit 1 for update skip locked
), forgotten as (
    delete from words where n in (
        select w.n from words w, place where w.round < place.round
          and not exists (select from posts p where p.id > place.reached and p.id < @settled::uuid)
        union
        (select w.n from words w where w.times < 2 order by w.n limit coalesce((select place.words - @enough::int from place where place.words >= @most_words::int), 0))
    ) returning 1
)
update vocabulary set words = greatest(0, vocabulary.words - (select count(*) from forgotten)) from place where vocabulary.one = place.one
returning (select count(*) from forgotten)::bigint as forgotten;

-- name: HoldLanguages :execrows
-- Nobody learns stems of words that are forgotten meanwhile.
select dictionary from word_languages order by dictionary for update;

-- name: ForgetStems :exec
delete from word_stems s where not exists (select from words w where w.word = s.word);

-- name: BeginRound :exec
-- Where posts are gone. All words can be found meanwhile.
update vocabulary set stale = false, round = round + 1, reached = '00000000-0000-0000-0000-000000000000' where stale;

-- name: SearchLocales :many
select distinct locale from users where delete_at = 0;

-- name: BeginLanguages :exec
insert into word_languages (dictionary) select unnest(@dictionaries::text[]) on conflict do nothing;

-- name: LearnStems :one
-- Of the next words, unless another instance is at it. Answers of how many.
with place as (
    select l.* from word_languages l where l.dictionary = @dictionary for update skip locked
), learned as (
    select w.n, w.word from place cross join lateral (select * from words where words.n > place.learned order by words.n limit @most::int) w
), kept as (
    insert into word_stems (dictionary, stem, word, bare)
    select place.dictionary, s.stem, learned.word, s.bare from place, learned, stems_of(place.dictionary, learned.word) s(stem, bare)
    where s.bare or s.stem <> learned.word on conflict do nothing
)
update word_languages l set learned = coalesce((select max(learned.n) from learned), l.learned) from place where l.dictionary = place.dictionary
returning (select count(*) from learned)::bigint as read;

-- name: FormsOf :many
-- Of each word the forms that it has in any of the dictionaries, and whether it says little in one. What was not learned yet is read here, the
-- newest of it, and of that so many letters. That there is one row in the vocabulary is said to the planner, which compiles a large plan where it
-- believes in hundreds.
with place as (
    select v.reached, v.edits from vocabulary v limit 1
), languages as (
    select d.dictionary, coalesce(l.learned, 0) as learned from unnest(@dictionaries::text[]) d(dictionary) left join word_languages l on l.dictionary = d.dictionary
), asked as materialized (
    select q.word, d.dictionary, coalesce(array_length(x.stems, 1), 0) = 0 as little, x.stems[1] as stem, without_accents(lower(q.word)) = lower(q.word) as bare
    from unnest(@words::text[]) q(word), languages d, lateral (select ts_lexize(d.dictionary::regdictionary, q.word) as stems) x
), newest as materialized (
    select left(p.message, 2000) as message, sum(least(length(p.message), 2000)) over (order by p.id desc) as so_far from place cross join lateral (
        select * from posts where posts.id > place.reached and posts.id < @tomorrow::uuid order by posts.id desc limit @most_posts::int) p
    where p.delete_at = 0 and p.type in ('', 'me')
), edited as materialized (
    select left(p.message, 2000) as message, sum(least(length(p.message), 2000)) over (order by e.id desc) as so_far from place cross join lateral (
        select * from post_edits where post_edits.id > place.edits and post_edits.id < @tomorrow order by post_edits.id desc limit @most_posts) e
    join posts p on p.id = e.post_id where p.delete_at = 0
), unread as (
    select count(*) as posts, coalesce(max(m.so_far), 0)::bigint as letters from (select so_far from newest union all select so_far from edited) m
), unlearned as materialized (
    select d.dictionary, s.stem, w.word, s.bare from languages d cross join lateral (
        select spoken.word from (select message from newest where so_far <= @most_letters::int union all select message from edited where so_far <= @most_letters::int) m, unnest(spoken_words(m.message)) spoken(word)
        where length(spoken.word) <= 40 and not has_signs(spoken.word)
        union
        (select words.word from words where words.n > d.learned order by words.n desc limit @most_words::int)
    ) w, stems_of(d.dictionary, w.word) s(stem, bare)
)
select a.word::text as word, bool_or(a.little)::bool as little,
    coalesce(array_agg(distinct f.word) filter (where f.word is not null), '{}')::text[] as forms,
    (bool_or(unread.posts >= @behind::int or unread.letters > @most_letters::int)
        or (select min(d.learned) from languages d) < coalesce((select w.n from words w order by w.n desc limit 1), 0))::bool as behind
from asked a cross join unread left join lateral (
    (select s.word from word_stems s where s.dictionary = a.dictionary and s.stem = a.stem and (a.bare or not s.bare) limit @most_forms::int)
    union
    (select u.word from unlearned u where u.dictionary = a.dictionary and u.stem = a.stem and (a.bare or not u.bare) limit @most_forms)
    union
    select a.stem where (ts_lexize(a.dictionary::regdictionary, a.stem))[1] = a.stem
) f on true
group by a.word;
