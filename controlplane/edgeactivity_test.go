package controlplane

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// tell has an edge say what filters did and returns the status.
func (b *bundle) tell(token, body string) int {
	b.t.Helper()
	a, err := b.try(post, feed.ActivityPath, token, body)
	b.must(err)
	return a.status
}

func TestAnEdgeTellsWhatAnIPFilterDid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter"
	var saved SavedIPFilter
	b.want(http.StatusOK, put, at, done.Token, closedTo(0, "127.0.0.0/8", "203.0.113.0/24")).into(t, &saved)
	var a IPActivity
	b.want(http.StatusOK, get, at+"/activity", done.Token, nil).into(t, &a)
	if len(a.Rules) != 2 || a.Rules[1].LastAt != nil || a.Rules[1].Requests != 0 || a.Denied == nil || len(a.Denied) != 0 {
		t.Errorf("before anybody told: %+v", a)
	}
	when := saved.IPFilter.ChangedAt.Format(time.RFC3339Nano)
	told := func(workspace, rule, address string) string {
		return fmt.Sprintf(`{"workspaces":[{"workspace_id":%q,"rules":[{"id":%q,"hits":3,"last":%q}],"denied":[{"address":%q,"requests":2,"last":%q}]}]}`, workspace, rule, when, address, when)
	}
	ws, rule := done.Workspace.ID, saved.IPFilter.Rules[1].ID
	good := told(ws, rule, "2001:db8::7")
	for _, c := range []struct {
		token, body string
		status      int
	}{
		{"", good, http.StatusUnauthorized}, {"wrong", good, http.StatusUnauthorized}, {done.Token, good, http.StatusUnauthorized}, {b.operator(), good, http.StatusUnauthorized},
		{edgeToken, told("ws_x", rule, "192.0.2.1"), http.StatusUnprocessableEntity}, {edgeToken, told(ws, "ipr_x", "192.0.2.1"), http.StatusUnprocessableEntity},
		{edgeToken, told(ws, rule, "::ffff:192.0.2.1"), http.StatusUnprocessableEntity}, {edgeToken, told(ws, rule, "somewhere"), http.StatusUnprocessableEntity},
		{edgeToken, "hello", http.StatusUnprocessableEntity}, {edgeToken, good + strings.Repeat(" ", feed.MaxActivity), http.StatusUnprocessableEntity},
		{edgeToken, told(id.Show(id.Workspace, id.New()), rule, "192.0.2.1"), http.StatusNoContent},
		{edgeToken, good, http.StatusNoContent}, {edgeToken, good, http.StatusNoContent}, {edgeToken, `{"workspaces":[]}`, http.StatusNoContent},
	} {
		if got := b.tell(c.token, c.body); got != c.status {
			t.Errorf("%.80s with %.10q: %d, want %d", c.body, c.token, got, c.status)
		}
	}
	b.want(http.StatusOK, get, at+"/activity", done.Token, nil).into(t, &a)
	if r := a.Rules[1]; a.Version != 1 || r.ID != rule || r.Network != "203.0.113.0/24" || r.Requests != 6 || r.LastAt == nil || !r.LastAt.Equal(*saved.IPFilter.ChangedAt) {
		t.Errorf("%+v", a)
	}
	if len(a.Denied) != 1 || a.Denied[0].Address != "2001:db8::7" || a.Denied[0].Requests != 4 {
		t.Errorf("%+v", a.Denied)
	}
}
