select (select count(*) from users where delete_at = 0), (select count(*) from posts where delete_at = 0);
