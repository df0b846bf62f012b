-- Which words people wrote, so that who looks for one is shown its other forms too (ADR 0027). They are learned behind the posts
-- (search/vocabulary.sql), which don't wait for it; nobody is shown them.
create text search configuration spoken (copy = pg_catalog.simple);
alter text search configuration spoken drop mapping for numword, email, url, host, sfloat, version, hword_numpart, numhword, asciihword, hword, url_path,
    file, "float", int, uint;
create function spoken_words(message text) returns text[] language sql immutable parallel safe
return tsvector_to_array(to_tsvector('spoken', message));

-- Accents of Latin and Greek letters, and of the Russian e, are left out by many who look for words. In other scripts a mark makes another letter.
create function without_accents(word text) returns text language sql immutable parallel safe
return case when octet_length(word) = length(word) then word
    else normalize(regexp_replace(normalize(word, nfd), '([a-z\u0370-\u03ff\u0435])[\u0300-\u036f]+', '\1', 'g'), nfc) end;

-- What a word has in common with its other forms: by itself, and bare of its accents where that differs. A word that says little has none.
create function stems_of(dictionary text, word text) returns table (stem text, bare boolean) language sql stable parallel safe
begin atomic
    select s.stem, false from (select (ts_lexize(dictionary::regdictionary, word))[1] as stem) s where s.stem is not null
    union all
    select b.stem, true from (select (ts_lexize(dictionary::regdictionary, without_accents(word)))[1] as stem) b
    where octet_length(word) <> length(word) and without_accents(word) <> word and b.stem is not null
      and b.stem is distinct from (ts_lexize(dictionary::regdictionary, word))[1];
end;

-- How far posts and their edits have been read. A round begins at the first post again, and words that it does not meet are forgotten.
create table vocabulary (
    one     boolean primary key default true check (one),
    reached uuid    not null default '00000000-0000-0000-0000-000000000000',
    edits   uuid    not null default '00000000-0000-0000-0000-000000000000',
    round   integer not null default 0,
    words   integer not null default 0, -- about how many there are
    stale   boolean not null default false -- posts are gone that some may be of
);
insert into vocabulary default values;

create table words (
    word  text     collate "C" primary key,
    n     bigint   not null generated always as identity unique, -- in the order in which they were learned
    times smallint not null, -- in how many posts they were met, up to two
    round integer  not null
);

-- By their stems in the languages that somebody searches in, those that are not their own stem.
create table word_languages (
    dictionary text   primary key,
    learned    bigint not null default 0 -- words up to this one
);
create table word_stems (
    dictionary text    not null,
    stem       text    collate "C" not null,
    word       text    collate "C" not null,
    bare       boolean not null,
    primary key (dictionary, stem, word)
);

create function note_posts_gone() returns trigger language plpgsql as $$ begin update vocabulary set stale = true where not stale; return null; end $$;
create trigger posts_gone after delete on posts for each statement execute function note_posts_gone();
