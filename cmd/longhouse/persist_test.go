package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// TestAWriteWhoseAnswerIsLostIsDoneOnce loses the answer, then finds nobody well, then somebody who still serves the request.
func TestAWriteWhoseAnswerIsLostIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	asked := s.between(func(w http.ResponseWriter, r *http.Request, n int, pass http.Handler) {
		if r.Method != http.MethodPost {
			pass.ServeHTTP(w, r)
			return
		}
		switch n {
		case 1:
			pass.ServeHTTP(unread{http.Header{}}, r)
			hangUp()
		case 2:
			hangUp()
		case 3:
			problem(w, http.StatusServiceUnavailable, "the database is restarting")
		case 4:
			problem(w, http.StatusConflict, "still being served")
		default:
			pass.ServeHTTP(w, r)
		}
	})
	r := s.want(exitDone, "workspaces", "create", "--slug", "lab")
	if strings.Count(r.err, "asking again") != 1 {
		t.Errorf("%q", r.err)
	}
	writes := asked.of(http.MethodPost, "/workspaces")
	if oneKey(t, writes); len(writes) != 5 {
		t.Errorf("%d writes", len(writes))
	}
	var list []client.Workspace
	if s.want(exitDone, "workspaces", "list", "--json").into(t, &list); len(list) != 2 {
		t.Errorf("%+v", list)
	}
}

// problem answers that one shall come back.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Retry-After", "0")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"title":"Later","status":%d,"detail":%q}`, status, detail)
}

func TestWhatIsRefusedIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	asked := s.between(func(w http.ResponseWriter, r *http.Request, _ int, pass http.Handler) {
		if r.Method == http.MethodPost {
			problem(w, http.StatusServiceUnavailable, "the region is full")
			return
		}
		pass.ServeHTTP(w, r)
	})
	s.want(exitRefused, "workspaces", "create", "--slug", "lab")
	if n := len(asked.of(http.MethodPost, "")); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestAWriteThatIsNeverAnsweredMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hangUp() }))
	t.Cleanup(web.Close)
	for method, said := range map[string]string{http.MethodPost: "not known whether it was done", http.MethodGet: "there was no answer for 50ms"} {
		r, err := http.NewRequestWithContext(t.Context(), method, web.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		c := http.Client{Transport: persistent{next: newLively(time.Minute), writes: 50 * time.Millisecond, reads: 50 * time.Millisecond}}
		_, err = answer[struct{}](c.Do(r))
		if f := failureOf(err); f.code != exitUnreachable || !strings.Contains(f.Error(), said) || strings.Contains(f.Error(), "longhouse up") {
			t.Errorf("%s: %d %s", method, f.code, f)
		}
	}
}

// TestAWriteIsAskedForLongerThanAKeyIsHeld: the server gives a key free after a minute at the latest.
func TestAWriteIsAskedForLongerThanAKeyIsHeld(t *testing.T) {
	t.Parallel()
	if writesFor <= time.Minute {
		t.Errorf("it is asked for only for %s", writesFor)
	}
}

func TestALostAnswerIsNoRefusal(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.between(func(w http.ResponseWriter, r *http.Request, n int, pass http.Handler) {
		if r.Method != http.MethodPost || n > 1 {
			pass.ServeHTTP(w, r)
			return
		}
		pass.ServeHTTP(unread{http.Header{}}, r)
		_, err := s.pool.Exec(r.Context(), "update idempotency_keys set status = null, answer = null, created_at = created_at - interval '1 hour' where done_at is not null")
		if err != nil {
			t.Error(err)
		}
		hangUp()
	})
	if r := s.want(exitUnreachable, "workspaces", "create", "--slug", "lab"); !strings.Contains(r.err, "this was done already") {
		t.Errorf("%s", r.err)
	}
}

func TestASecretThatIsLostOnTheWayIsSaidToBe(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.between(func(w http.ResponseWriter, r *http.Request, n int, pass http.Handler) {
		if r.Method == http.MethodPost && n == 1 {
			pass.ServeHTTP(unread{http.Header{}}, r)
			hangUp()
		}
		pass.ServeHTTP(w, r)
	})
	if r := s.want(exitRefused, "tokens", "create", "robot", "--scope", "tenant:read"); !strings.Contains(r.err, "longhouse tokens revoke tok_") || r.out != "" {
		t.Errorf("%+v", r)
	}
	if r := s.want(exitRefused, "webhooks", "add", "https://localhost:1/in"); !strings.Contains(r.err, "longhouse webhooks rotate-secret whk_") {
		t.Errorf("%+v", r)
	}
}
