package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// What is decided is carried out also where the admin's browser is gone before the answer: nobody else would.
func TestADecisionIsCarriedOutThoughNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	b, guest, _ := guestHouse(t)
	socket := b.dial(guest)
	hold, err := b.db().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(t.Context(), "select from sessions where user_id = $1 for update", guest.id); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, b.url+api.Prefix+"/config/patch", strings.NewReader(`{"GuestAccountsSettings":{"Enable":false}}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+b.admin.token)
	left := make(chan error)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		left <- err
	}()
	b.untilSomebodyWaits()
	leave()
	if <-left == nil {
		t.Fatal("it was answered")
	}
	waits := func() bool {
		return b.count("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	}
	for deadline := time.Now().Add(300 * time.Millisecond); time.Now().Before(deadline) && waits(); { // it must not be given up
	}
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = socket.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := socket.conn.ReadMessage(); err != nil {
			if strings.Contains(err.Error(), "timeout") {
				t.Error("the guest's socket goes on")
			}
			return
		}
	}
}

// Who came in at another instance before that had heard of the decision is cut there when sessions are looked at again.
func TestSocketsOfWhoIsNotLetInAnyMoreAreNotKept(t *testing.T) {
	t.Parallel()
	b, guest, beside := guestHouse(t)
	b.works(b.newToken(b.admin, beside))
	sessions := []id.ID{}
	for _, p := range []person{guest, beside, b.member} {
		for _, s := range must[[]wire.Session](b, b.admin, http.MethodGet, b.user(p)+"/sessions", nil) {
			sessions = append(sessions, s.ID)
		}
	}
	live := func() int {
		ids, err := b.api.Hub.LiveSessions(t.Context(), sessions)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids)
	}
	before := live()
	off := config.Wish{"GuestAccountsSettings": json.RawMessage(`{"Enable":false}`), "ServiceSettings": json.RawMessage(`{"EnableUserAccessTokens":false}`)}
	if _, err := b.api.Config.Change(t.Context(), off, ""); err != nil {
		t.Fatal(err)
	}
	if after := live(); before != len(sessions) || after != before-2 {
		t.Errorf("of %d sessions %d were live and %d are", len(sessions), before, after)
	}
}

func TestWhoPinsAPostCannotRewriteItByThat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustDecide("ServiceSettings.PostEditTimeLimit", 30)
	p := b.say(b.member, b.public.ID, "old")
	if _, err := b.db().Exec(t.Context(), "update posts set create_at = create_at - 60000 where id = $1", p.ID); err != nil {
		t.Fatal(err)
	}
	edit := func(body string) answer {
		return b.call(b.member, http.MethodPut, "/posts/"+p.ID.String()+"/patch", []byte(body))
	}
	b.refuses(edit(`{"is_pinned":true,"props":{"attachments":[{"text":"new"}]}}`), http.StatusBadRequest, "api.post.update_post.permissions_time_limit.app_error")
	b.refuses(edit(`{"is_pinned":true,"message":"new"}`), http.StatusBadRequest, "api.post.update_post.permissions_time_limit.app_error")
	for _, body := range []string{`{"is_pinned":true,"message":"old","props":{}}`, `{"is_pinned":false}`, `{"message":"old","props":{"from_bot":"true"}}`} {
		if got := edit(body); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

func TestWhoComesReadsTheLanguageThatIsDecided(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustDecide("LocalizationSettings.DefaultClientLocale", "pt-BR")
	var got []string
	for _, locale := range []string{"", "de"} {
		name := "dan" + locale
		u := must[wire.User](b, b.admin, http.MethodPost, "/users", map[string]string{"username": name, "email": name + "@example.com", "password": "a-good-password", "locale": locale})
		got = append(got, u.Locale)
	}
	if !slices.Equal(got, []string{"pt-BR", "de"}) {
		t.Errorf("they read %v", got)
	}
}
