package api_test

import (
	"testing"
	"time"
)

func TestOldPreviewsAreForgotten(t *testing.T) {
	t.Parallel()
	b := previewing(t)
	s := b.elsewhere(nil)
	p := b.say(b.member, b.public.ID, s.url+"/dot.gif")
	b.embedded(p.ID, "image")
	older := func(days int) {
		if _, err := b.db().Exec(t.Context(), "update link_previews set fetched_at = fetched_at - $1::bigint, fetch_until = 0", int64(days)*24*time.Hour.Milliseconds()); err != nil {
			t.Fatal(err)
		}
	}
	older(29)
	for _, left := range []int{1, 0} {
		if err := b.api.Posts.ForgetPreviews(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.settled(left)
		older(2)
	}
}
