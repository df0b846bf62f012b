-- Posts in scripts that are written without spaces are found by any part of what they say: each sign of Chinese, Japanese and Korean is a word, and
-- what somebody looks for a phrase of such (search/signs.go). Only posts that have such signs are in this index: others cost nothing.
create function has_signs(message text) returns boolean language sql immutable parallel safe
return octet_length(message) <> length(message) and message
    ~ '[\u2e80-\u2fdf\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]';
create function sign_words(message text) returns tsvector language sql immutable parallel safe
return to_tsvector('simple', regexp_replace(message,
    '([\u2e80-\u2fdf\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g'));
create index posts_by_sign on posts using gin (sign_words(message)) where has_signs(message) and delete_at = 0 and type in ('', 'me');
