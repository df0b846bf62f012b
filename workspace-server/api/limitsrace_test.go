package api_test

import (
	"net/http"
	"testing"
	"time"
)

// What others have begun is not committed yet when one more is asked for.
func TestLimitsHoldForWhatIsAskedForMeanwhile(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	got := s.holding(s.member, `insert into uploads (id, user_id, channel_id, create_at, update_at, filename, file_size)
		select gen_random_uuid(), $1, c.id, 1, 9000000000000, 'x', 1 from channels c, generate_series(1, 100) where c.name = 'timber'`, func() answer {
		return s.call(s.member, http.MethodPost, "/uploads", map[string]any{"channel_id": s.public.ID, "filename": "x", "file_size": 1, "type": "attachment"})
	})
	s.refuses(got, http.StatusTooManyRequests, "api.upload.create.limit.app_error")

	post := s.say(s.admin, s.public.ID, "hello")
	if _, err := s.db().Exec(t.Context(), `insert into posts (id, channel_id, user_id, seq, root_seq, create_at, update_at, message)
		select gen_random_uuid(), channel_id, user_id, seq, root_seq, 1, 1, 'before' from posts, generate_series(1, 1000) where id = $1`, post.ID); err != nil {
		t.Fatal(err)
	}
	got = s.holding(s.member, "insert into reminders (user_id, post_id, target_at) select $1, id, 9000000000000 from posts where message = 'before'", func() answer {
		return s.call(s.member, http.MethodPost, reminderOf(post.ID), map[string]int64{"target_time": time.Now().Unix() + 3600})
	})
	s.refuses(got, http.StatusBadRequest, "app.post_reminder.too_many.app_error")
}
