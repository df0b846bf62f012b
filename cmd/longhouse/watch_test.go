package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAStreamThatBreaksOffIsOpenedAgain(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	var done client.SignedUp
	s.signUp("engines", "--json").into(t, &done)
	asked := s.between(func(w http.ResponseWriter, r *http.Request, n int, pass http.Handler) {
		switch n {
		case 1: // ends in the midst
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "event: progress\ndata: {\"id\":%q,\"state\":\"running\"}\n\n", done.Operation.ID)
		case 2:
			problem(w, http.StatusServiceUnavailable, "restarting")
		case 3, 4, 5:
			hangUp()
		default:
			pass.ServeHTTP(w, r)
		}
	})
	s.want(exitDone, "operations", "watch", done.Operation.ID)
	if streams, looks := asked.of(http.MethodGet, "/events"), asked.of(http.MethodGet, done.Operation.ID); len(streams) != 6 || len(looks) != 0 {
		t.Errorf("%d streams, and %d looks beside them", len(streams), len(looks))
	}
}

func TestWhenItsEndIsExpectedIsSaidOfAnOperation(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	var done client.SignedUp
	s.signUp("engines", "--wait", "--json").into(t, &done)
	const sentence = "about 3 s more, and in one case of twenty more than 9 s"
	s.between(func(w http.ResponseWriter, r *http.Request, _ int, pass http.Handler) {
		open := fmt.Sprintf(`{"id":%q,"state":"running","message":"doing storage","created_at":"2026-11-22T10:00:00Z","estimate":{"at":"2026-11-22T10:00:03Z","late":"2026-11-22T10:00:09Z","sentence":%q}}`, done.Operation.ID, sentence)
		switch {
		case strings.HasSuffix(r.URL.Path, "/events"):
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "data: %s\n\ndata: %s\n\ndata: {\"id\":%q,\"state\":\"succeeded\"}\n\n", open, open, done.Operation.ID)
		case strings.HasSuffix(r.URL.Path, done.Operation.ID):
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(open))
		default:
			pass.ServeHTTP(w, r)
		}
	})
	if got := s.want(exitDone, "operations", "watch", done.Operation.ID).err; strings.Count(got, sentence) != 1 {
		t.Errorf("watch says\n%s", got)
	}
	if got := s.want(exitDone, "operations", "show", done.Operation.ID).out; !strings.Contains(got, ": "+sentence) {
		t.Errorf("show says\n%s", got)
	}
}

func TestWhereThereIsNoStreamTheOperationIsAskedFor(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	var done client.SignedUp
	s.signUp("engines", "--wait", "--json").into(t, &done)
	for name, refuse := range map[string]func(w http.ResponseWriter){
		"too many":       func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"held back":      func(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") },
		"something else": func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
	} {
		there := &shell{t: t, home: s.home, api: s.api}
		asked := there.between(func(w http.ResponseWriter, r *http.Request, _ int, pass http.Handler) {
			if strings.HasSuffix(r.URL.Path, "/events") {
				refuse(w)
				return
			}
			pass.ServeHTTP(w, r)
		})
		there.want(exitDone, "operations", "watch", done.Operation.ID)
		if streams, looks := asked.of(http.MethodGet, "/events"), asked.of(http.MethodGet, done.Operation.ID); len(streams) != 1 || len(looks) != 1 {
			t.Errorf("%s: %d streams, %d looks", name, len(streams), len(looks))
		}
	}
	s.want(exitRefused, "operations", "watch", "op_00000000000000000000000000")
}
