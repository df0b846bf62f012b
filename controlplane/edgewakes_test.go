package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// wish has an edge ask for a workspace and returns the status.
func (b *bundle) wish(token, body string) int {
	b.t.Helper()
	a, err := b.try(post, feed.WakesPath, token, body)
	b.must(err)
	return a.status
}

func wakeOf(workspace string) string { return `{"workspace_id":"` + workspace + `"}` }

func TestAnEdgeHasAHibernatedWorkspaceWoken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	ws, path := done.Workspace.ID, "/workspaces/"+done.Workspace.ID
	if got := b.wish(edgeToken, wakeOf(ws)); got != http.StatusAccepted {
		t.Errorf("for what runs: %d", got)
	}
	var rest, wake Operation
	b.want(http.StatusAccepted, post, path+"/hibernate", done.Token, nil).into(t, &rest)
	b.want(http.StatusConflict, post, path+"/hibernate", done.Token, nil)
	b.finish(rest.ID)
	var shown Workspace
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &shown)
	if shown.State != "hibernated" || shown.HibernatedAt == nil || shown.Wakes != 0 {
		t.Errorf("%+v", shown)
	}
	for range 2 {
		if got := b.wish(edgeToken, wakeOf(ws)); got != http.StatusAccepted {
			t.Errorf("for what is hibernated: %d", got)
		}
	}
	var list struct{ Items []Operation }
	b.want(http.StatusOK, get, "/operations?workspace="+ws, done.Token, nil).into(t, &list)
	if op := list.Items[0]; op.Kind != "wake" || op.RequestedBy != "edge" || len(list.Items) != 3 {
		t.Errorf("%+v", list.Items)
	}
	b.finish(list.Items[0].ID)
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &shown)
	if shown.State != "running" || shown.Wakes != 1 {
		t.Errorf("%+v", shown)
	}
	b.want(http.StatusAccepted, post, path+"/hibernate", done.Token, nil).into(t, &rest)
	b.finish(rest.ID)
	b.want(http.StatusAccepted, post, path+"/start", done.Token, nil).into(t, &wake) // to who says so it is the same
	if wake.Kind != "wake" {
		t.Errorf("%+v", wake)
	}
}

func TestWishesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines") // which is being provisioned
	good := wakeOf(done.Workspace.ID)
	for _, c := range []struct {
		token, body string
		status      int
	}{
		{"", good, http.StatusUnauthorized}, {"wrong", good, http.StatusUnauthorized}, {done.Token, good, http.StatusUnauthorized}, {b.operator(), good, http.StatusUnauthorized},
		{edgeToken, good, http.StatusConflict}, {edgeToken, wakeOf(id.Show(id.Workspace, id.New())), http.StatusNotFound},
		{edgeToken, wakeOf("ws_nonsense"), http.StatusUnprocessableEntity}, {edgeToken, "{}", http.StatusUnprocessableEntity}, {edgeToken, "hello", http.StatusUnprocessableEntity},
		{edgeToken, wakeOf(done.Workspace.ID + strings.Repeat(" ", feed.MaxWake)), http.StatusUnprocessableEntity},
	} {
		if got := b.wish(c.token, c.body); got != c.status {
			t.Errorf("%.80s with %.10q: %d, want %d", c.body, c.token, got, c.status)
		}
	}
}
