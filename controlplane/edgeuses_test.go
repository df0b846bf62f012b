package controlplane

import (
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

func TestAnEdgeTellsWhichWorkspacesAreUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	who := newEdge("one")
	tell := func(token string, u any) int {
		t.Helper()
		a, err := b.try(post, feed.UsesPath, token, u)
		b.must(err)
		return a.status
	}
	shown := func() (w Workspace) {
		t.Helper()
		b.want(http.StatusOK, get, "/workspaces/"+done.Workspace.ID, done.Token, nil).into(t, &w)
		return w
	}
	before := shown().IdleSince
	if got := tell(edgeToken, feed.Uses{Identity: who}); got != http.StatusNoContent || !shown().IdleSince.Equal(before) {
		t.Errorf("%d, %s", got, shown().IdleSince)
	}
	u := feed.Uses{Identity: who, Workspaces: []string{done.Workspace.ID, id.Show(id.Workspace, id.New())}}
	if got := tell(edgeToken, u); got != http.StatusNoContent || !shown().IdleSince.After(before) {
		t.Errorf("%d, %s", got, shown().IdleSince)
	}
	for _, c := range []struct {
		token  string
		body   any
		status int
	}{
		{"", u, http.StatusUnauthorized}, {done.Token, u, http.StatusUnauthorized}, {b.operator(), u, http.StatusUnauthorized},
		{edgeToken, feed.Uses{Identity: who, Workspaces: []string{"ws_nonsense"}}, http.StatusUnprocessableEntity}, {edgeToken, "hello", http.StatusUnprocessableEntity},
		{edgeToken, feed.Uses{}, http.StatusUnprocessableEntity}, {edgeToken, strings.Repeat(" ", feed.MaxUses) + "{}", http.StatusUnprocessableEntity},
	} {
		if got := tell(c.token, c.body); got != c.status {
			t.Errorf("%.80v with %.10q: %d, want %d", c.body, c.token, got, c.status)
		}
	}
	b.want(http.StatusOK, post, "/edges/"+who.Edge+"/fence", b.operator(), nil)
	a, err := b.try(post, feed.UsesPath, edgeToken, u)
	b.must(err)
	if a.status != http.StatusForbidden || a.header.Get(feed.FencedHeader) == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
}
