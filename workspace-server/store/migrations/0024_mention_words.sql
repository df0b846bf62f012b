-- Whether anybody has words to be mentioned by, which is asked with every post.
create index users_with_mention_words on users (id) where mention_words <> '{}';
