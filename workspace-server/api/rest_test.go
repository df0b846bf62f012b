package api_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/admin"
	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// wakes is when the server has to run again, in ms since 1970; 0: not by itself.
func (b *bundle) wakes() int64 {
	b.t.Helper()
	next, err := b.api.Due.Next(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if next == nil {
		return 0
	}
	return next.UnixMilli()
}

// wakesAt waits until that is so: a request is under way until a moment after its answer.
func (b *bundle) wakesAt(what string, at int64) {
	b.t.Helper()
	b.eventually(fmt.Sprintf("%s, it wakes at %d", what, at), func() bool { return b.wakes() == at })
}

// wakesIn says so by about how long from now it does.
func (b *bundle) wakesIn(what string, after time.Duration) {
	b.t.Helper()
	const about = int64(10_000)
	want := time.Now().Add(after).UnixMilli()
	if got := b.wakes(); got < want-about || got > want+about {
		b.t.Errorf("%s, it wakes %s from now, want %s", what, time.Until(time.UnixMilli(got)), after)
	}
}

func TestItWakesForScheduledPosts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wakesAt("with nothing to do", 0)
	late, soon := b.later(b.member, b.public.ID, id.ID{}, "late"), b.later(b.admin, b.public.ID, id.ID{}, "soon")
	soon.ScheduledAt -= hour / 2
	b.must(b.admin, http.MethodPut, "/posts/schedule/"+soon.ID.String(), soon)
	b.wakesAt("with two", soon.ScheduledAt)
	b.must(b.admin, http.MethodDelete, "/posts/schedule/"+soon.ID.String(), nil)
	b.wakesAt("with one taken back", late.ScheduledAt)
	b.pass()
	b.wakesAt("with the other posted", 0)
	refused := b.later(b.member, b.public.ID, id.ID{}, "nobody will see it")
	b.must(b.member, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	b.wakesAt("before it is found that it can't be posted", refused.ScheduledAt)
	b.pass()
	b.wakesAt("with one that can't be posted", 0)
}

func TestItWakesForReminders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.admin, b.public.ID, "read this")
	at := time.Now().Unix() + 3600
	b.must(b.member, http.MethodPost, reminderOf(post.ID), map[string]int64{"target_time": at})
	b.wakesAt("with a reminder", at*1000)
	b.must(b.member, http.MethodPost, reminderOf(post.ID), map[string]int64{"target_time": at - 60})
	b.wakesAt("with another time for it", (at-60)*1000)
	b.anHourLater()
	b.wakesAt("with it given", 0)
}

// What a request is about to write down nobody knows yet.
func TestItDoesNotRestWhileItAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body, upload := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+api.Prefix+"/posts", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.member.token)
	done := make(chan answer)
	go func() { done <- b.send(r) }()
	_, _ = io.WriteString(upload, "{")
	b.eventually("it is being answered", func() bool { return b.wakes() != 0 })
	b.wakesIn("with a request under way", 0)
	_ = upload.Close()
	<-done
	b.wakesAt("with it answered", 0)
}

// Whoever reads a status sees that it is over: that alone is no reason to run.
func TestItDoesNotWakeForStatusesThatEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.member, http.MethodPut, "/users/"+b.member.id.String()+"/status", map[string]any{"user_id": b.member.id, "status": "dnd", "dnd_end_time": time.Now().Unix() + 600})
	b.must(b.member, http.MethodPut, "/users/me/status/custom", wire.CustomStatus{Emoji: "tada", Text: "out", Duration: "one_hour", ExpiresAt: time.Now().Add(time.Hour)})
	b.wakesAt("with statuses until a time", 0)
}

// A client may say any number, and what is written for the host has years of four digits.
func TestItDoesNotWakeForWhatIsDueBeyondTheEndOfTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	far := b.later(b.member, b.public.ID, id.ID{}, "in another age")
	for at, want := range map[int64]int64{9_223_372_036_854_775_807: 0, 253_402_300_800_000: 0, 253_402_300_799_000: 253_402_300_799_000} {
		far.ScheduledAt = at
		b.must(b.member, http.MethodPut, "/posts/schedule/"+far.ID.String(), far)
		b.wakesAt("with one far away", want)
	}
}

// asked is what the admin listener answers to a token's bearer.
func (b *bundle) asked(token string) (status int, body string) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "/admin/v1/rest", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	(&admin.Desk{API: b.api, Log: slog.New(slog.DiscardHandler)}).Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestTheHostLearnsWhenToWakeItAndWhoIsConnected(t *testing.T) {
	t.Parallel()
	public, private, _ := ed25519.GenerateKey(nil)
	b := setupWith(t, func(s *config.Settings) {
		s.Admin = config.Admin{Listen: "unix:/nowhere", WorkspaceID: "ws_one", Key: public}
	})
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{Subject: "op_somebody", Audience: jwt.ClaimStrings{"ws_one"},
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute))}).SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := b.asked(token + "x"); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d %s", status, body)
	}
	b.wakesAt("with nothing to do", 0)
	if status, body := b.asked(token); status != http.StatusOK || body != `{"next_wake_at":null,"web_sockets":0}`+"\n" {
		t.Errorf("at rest: %d %s", status, body)
	}
	p := b.later(b.member, b.public.ID, id.ID{}, "later")
	at, _ := json.Marshal(time.UnixMilli(p.ScheduledAt).UTC())
	b.dial(b.member)
	b.wakesAt("with somebody connected", p.ScheduledAt)
	if status, body := b.asked(token); status != http.StatusOK || body != `{"next_wake_at":`+string(at)+`,"web_sockets":1}`+"\n" || at[len(at)-2] != 'Z' {
		t.Errorf("with a post at %s: %d %s", at, status, body)
	}
	b.api.DB.Close()
	if status, body := b.asked(token); status != http.StatusInternalServerError {
		t.Errorf("without a database: %d %s", status, body)
	}
}
