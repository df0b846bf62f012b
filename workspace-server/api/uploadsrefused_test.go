package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestAnUploadIsItsUsersAlone(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	u := s.begin("note.txt", 7)
	for _, as := range []person{s.admin, s.outside} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := s.call(as, method, at(u), []byte("content")).status; got != http.StatusForbidden {
				t.Errorf("%s by another answers %d", method, got)
			}
		}
		if got := s.call(as, http.MethodGet, "/users/"+s.member.id.String()+"/uploads", nil).status; got != http.StatusForbidden {
			t.Errorf("the list answers another with %d", got)
		}
	}
	s.must(s.member, http.MethodDelete, "/teams/"+s.team.ID.String()+"/members/me", nil)
	if got := s.call(s.member, http.MethodPost, at(u), []byte("content")).status; got != http.StatusForbidden {
		t.Errorf("who has left the channel uploads to it with %d", got)
	}
}

func TestUploadsThatCanNotBeAreRefused(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	body := func(change ...any) map[string]any {
		out := map[string]any{"channel_id": s.public.ID, "filename": "note.txt", "file_size": 7}
		for i := 0; i < len(change); i += 2 {
			out[change[i].(string)] = change[i+1]
		}
		return out
	}
	for why, c := range map[string]struct {
		as     person
		body   map[string]any
		status int
	}{
		"no size": {s.member, body("file_size", 0), 400}, "less than nothing": {s.member, body("file_size", -1), 400}, "too large": {s.member, body("file_size", 1<<20+1), 413},
		"no name": {s.member, body("filename", ""), 400}, "no file's name": {s.member, body("filename", "../.."), 400}, "no channel": {s.member, body("channel_id", ""), 400},
		"another type": {s.member, body("type", "x"), 400}, "an import": {s.member, body("type", "import"), 403}, "an admin's import": {s.admin, body("type", "import"), 501},
		"somebody else's channel": {s.member, body("channel_id", s.private.ID), 403}, "an unknown channel": {s.member, body("channel_id", id.New()), 404},
	} {
		if got := s.call(c.as, http.MethodPost, "/uploads", c.body); got.status != c.status || got.error().ID == "" {
			t.Errorf("%s: %d %s", why, got.status, got.body)
		}
	}
	u := s.begin("note.txt", 7)
	if got := s.call(s.member, http.MethodPost, at(u), []byte("contents")); got.status != http.StatusBadRequest {
		t.Errorf("more than its size answers %d %s", got.status, got.body)
	}
	chunked, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+api.Prefix+at(u), io.NopCloser(strings.NewReader("contents"))) // of unknown length
	chunked.Header.Set("Authorization", "Bearer "+s.member.token)
	if got := s.send(chunked); got.status != http.StatusBadRequest || s.offset(u) != 0 {
		t.Errorf("more than its size answers %d %s, and the offset is %d", got.status, got.body, s.offset(u))
	}
	if got := s.call(s.member, http.MethodPost, "/uploads/"+id.New().String(), []byte("x")).status; got != http.StatusNotFound {
		t.Errorf("an unknown upload answers %d", got)
	}
	for range 99 {
		s.begin("more.txt", 7)
	}
	if got := s.call(s.member, http.MethodPost, "/uploads", body()); got.status != http.StatusTooManyRequests {
		t.Errorf("one too many answers %d %s", got.status, got.body)
	}
}

func TestAnAbandonedUploadGoesAfterADay(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	u, finished := s.begin("note.txt", 7), s.begin("whole.txt", 7)
	s.must(s.member, http.MethodPost, at(u), []byte("con"))
	s.post(must[wire.FileInfo](s.bundle, s.member, http.MethodPost, at(finished), []byte("content")).ID)
	s.later(23 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.offset(u) != 3 || s.objects() != 2 {
		t.Fatalf("%v, %d objects", err, s.objects())
	}
	s.later(25 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != 1 {
		t.Errorf("%v, %d objects", err, s.objects())
	}
	s.api.Files.Now = clock.System
	for _, gone := range []wire.UploadSession{u, finished} {
		if got := s.call(s.member, http.MethodPost, at(gone), []byte("tent")).status; got != http.StatusNotFound {
			t.Errorf("it goes on with %d", got)
		}
	}
	var rows int
	if err := s.db().QueryRow(t.Context(), "select count(*) from uploads").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows are left (%v)", rows, err)
	}
}
