package controlplane

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

func TestOnlyEdgesHandLogsOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("mine")
	e := b.teller("one")
	data := e.pack(logLine(done.Workspace.ID, b.clock.now(), "a", "192.0.2.7", 200))
	for _, token := range []string{"wrong", done.Token, b.operator()} {
		for _, path := range []string{feed.SegmentsPath, feed.LogStandingPath} {
			if a := b.as(token, path, data); a.status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	}
}

func TestWhatIsNoLogIsRefusedForGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logging()
	done := b.signUp("mine")
	e := b.teller("one")
	now := b.clock.now()
	good := e.pack(logLine(done.Workspace.ID, now, "a", "192.0.2.7", 200))
	stranger := &teller{b: b, who: feed.Identity{Edge: id.Show(id.Edge, id.New()), Lease: e.who.Lease}}
	for name, c := range map[string]struct {
		data   []byte
		status int
		want   string
	}{
		"nothing":       {nil, 422, "no header"},
		"cut off":       {good[:len(good)-2], 422, "ends within the block"},
		"too large":     {make([]byte, 9<<20), 422, "at most 8388608 bytes"},
		"no edge":       {[]byte(strings.Replace(string(good), e.who.Edge, "edg_x", 1)), 422, "identifier of the form edg_"},
		"no lease":      {[]byte(strings.Replace(string(good), e.who.Lease, "../../x", 1)), 422, "identifier of the form els_"},
		"stranger":      {stranger.pack(logLine(done.Workspace.ID, now, "a", "192.0.2.7", 200)), 404, "there is no such edge"}, // and may come to be known
		"time to come":  {e.pack(logLine(done.Workspace.ID, now.Add(2*time.Hour), "a", "192.0.2.7", 200)), 422, "an hour ahead"},
		"not a client":  {e.pack(logLine(done.Workspace.ID, now, "a", "somebody", 200)), 422, "client"},
		"only standing": {[]byte(`{}`), 422, "no header"},
	} {
		if a := e.hand(c.data); a.status != c.status || !strings.Contains(string(a.body), c.want) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := b.as(edgeToken, feed.LogStandingPath, []byte(`{"segments":-1}`)); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a standing that is none: %d %s", a.status, a.body)
	}
	if got, _ := b.wholeLog(done.Workspace.ID, done.Token, nil); len(got) != 0 {
		t.Errorf("kept all the same: %v", got)
	}
}

// TestAnEdgeIsToldOnlyOfWhatIsKept: where the object store fails, the edge hears that, and keeps what it has.
func TestAnEdgeIsToldOnlyOfWhatIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logging()
	done := b.signUp("mine")
	e := b.teller("one")
	data := e.pack(logLine(done.Workspace.ID, b.clock.now(), "a", "192.0.2.7", 200))
	b.requests.fail(errors.New("no space"))
	if a := e.hand(data); a.status != http.StatusInternalServerError {
		t.Errorf("it answers %d %s", a.status, a.body)
	}
	b.want(http.StatusInternalServerError, get, logPath(done.Workspace.ID, ""), done.Token, nil)
	b.requests.fail(nil)
	b.wantTaken(e.hand(data))
	if got, _ := b.wholeLog(done.Workspace.ID, done.Token, nil); fmt.Sprint(got) != "[a]" {
		t.Errorf("kept: %v", got)
	}
}

func TestLinesOfWhoIsNotThereAreLeftOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.logging()
	mine, gone := b.signUp("mine"), b.signUp("gone")
	e := b.teller("one")
	now := b.clock.now()
	told := func(path string) {
		t.Helper()
		b.wantTaken(e.hand(e.pack(logLine(mine.Workspace.ID, now, path, "192.0.2.7", 200), logLine(gone.Workspace.ID, now, path, "192.0.2.8", 200),
			logLine("ws_nobody", now, path, "192.0.2.9", 200))))
	}
	told("a")
	_, err := b.pool.Exec(t.Context(), "update workspaces set state = 'removing' where id = $1", b.uuid(id.Workspace, gone.Workspace.ID))
	b.must(err)
	told("b")
	a := b.want(http.StatusConflict, get, logPath(gone.Workspace.ID, ""), gone.Token, nil)
	if !strings.Contains(string(a.body), "its access log with it") {
		t.Errorf("it says %s", a.body)
	}
	_, err = store.Sort(t.Context(), time.Now().Add(time.Hour), b.store.HaveLog)
	b.must(err)
	_, err = b.pool.Exec(t.Context(), "update workspaces set state = 'running' where id = $1", b.uuid(id.Workspace, gone.Workspace.ID))
	b.must(err)
	if got, _ := b.wholeLog(gone.Workspace.ID, gone.Token, nil); len(got) != 0 {
		t.Errorf("of one that was removed there is %v", got)
	}
	if got, _ := b.wholeLog(mine.Workspace.ID, mine.Token, nil); fmt.Sprint(got) != "[b a]" && fmt.Sprint(got) != "[a b]" {
		t.Errorf("of the other there is %v", got)
	}
}

func TestWrongWishesForALogAreRefusedWithWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("mine")
	for query, want := range map[string]string{"client=x": "client", "status=99": "status", "status=6xx": "status", "since=yesterday": "since", "limit=0": "limit",
		"since=2030-01-02T00:00:00Z&until=2030-01-01T00:00:00Z": "until is not after since", "cursor=cur_x": "cursor", "form=x": "form"} {
		if a := b.want(http.StatusUnprocessableEntity, get, logPath(done.Workspace.ID, "?"+query), done.Token, nil); !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
}

func TestAnExportSaysWhereItEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logging()
	done := b.signUp("mine")
	e := b.teller("one")
	var lines []string
	for i := range 500 {
		lines = append(lines, logLine(done.Workspace.ID, b.clock.now().Add(time.Duration(i-500)*time.Second), fmt.Sprint(i), "192.0.2.7", 200+i%2))
	}
	b.wantTaken(e.hand(e.pack(lines...)))
	a := b.want(http.StatusOK, get, logPath(done.Workspace.ID, "/export?status=201"), done.Token, nil)
	got := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	var end AccessEnd
	b.must(json.Unmarshal([]byte(got[len(got)-1]), &end))
	if len(got) != 251 || !end.End || end.Lines != 250 || !strings.Contains(got[0], `"path":"/499"`) || !strings.Contains(got[0], e.who.Edge) {
		t.Errorf("%d lines, from %s to %s", len(got), got[0], got[len(got)-1])
	}
}
