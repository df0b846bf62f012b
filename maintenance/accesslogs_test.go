package maintenance

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/internal/rounds"
)

// logs keeps access logs for 30 days, in an object store of its own.
func (b *bundle) logs() AccessLogs {
	b.t.Helper()
	return AccessLogs{Store: b.store, Logs: accesslog.NewStore(storetest.Archive(b.t)), Days: 30, Rounds: rounds.New(nil), Log: slog.New(slog.DiscardHandler)}
}

func (b *bundle) workspace(slug string) uuid.UUID {
	b.t.Helper()
	var ws uuid.UUID
	b.must(b.pool.QueryRow(b.t.Context(), "select workspace_id from slugs where slug = $1", slug).Scan(&ws))
	return ws
}

// asked is a request of each workspace at a time, as an edge tells of it.
func (b *bundle) asked(a AccessLogs, at time.Time, workspaces ...uuid.UUID) {
	b.t.Helper()
	var lines strings.Builder
	for _, ws := range workspaces {
		text, _ := json.Marshal(accesslog.Line{At: at, Path: "/x", Status: 200})
		_, _ = fmt.Fprintf(&lines, "%s %s\n", id.Show(id.Workspace, ws), text)
	}
	data, _, _ := accesslog.Pack("edg_a", "els_a", at.Unix(), []byte(lines.String()))
	accepted, err := accesslog.Accept(data, at, func(owners []string) (map[string]bool, error) { return a.Store.HaveLog(b.t.Context(), owners) })
	b.must(err)
	b.must(a.Logs.Keep(b.t.Context(), accepted))
}

// kept is how many lines there are of a workspace.
func (b *bundle) kept(a AccessLogs, ws uuid.UUID) int {
	b.t.Helper()
	n := 0
	b.must(a.Logs.Stream(b.t.Context(), accesslog.Query{Owner: id.Show(id.Workspace, ws), From: b.now().AddDate(-1, 0, 0), To: b.now().AddDate(0, 0, 1)},
		func([]byte) error { n++; return nil }))
	return n
}

// sortAll sorts at once what waits, and returns how many segments that were.
func (b *bundle) sortAll(a AccessLogs) int {
	b.t.Helper()
	n, err := a.Logs.Sort(b.t.Context(), time.Now().Add(time.Hour), a.Store.HaveLog)
	b.must(err)
	return n
}

func TestTheLogOfADeletedWorkspaceGoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.logs()
	b.signUp("elm")
	elm, other := b.workspace("elm"), b.workspace("engines")
	b.asked(a, b.now(), elm, other)
	b.sortAll(a)
	b.asked(a, b.now().Add(time.Second), elm, other)
	if n := b.kept(a, elm); n != 2 {
		t.Fatalf("%d lines are kept", n)
	}
	b.must(a.forget(t.Context()))
	if n := b.kept(a, elm); n != 2 {
		t.Fatalf("%d lines are kept of one that is there", n)
	}
	_, err := b.pool.Exec(t.Context(), "update workspaces set state = 'removing' where id = $1", elm)
	b.must(err)
	b.must(a.forget(t.Context()))
	if n := b.kept(a, elm); n != 1 {
		t.Errorf("%d lines are kept, and one is not sorted yet", n)
	}
	b.sortAll(a)
	b.must(a.forget(t.Context()))
	if n := b.kept(a, elm); n != 0 {
		t.Errorf("%d lines are left", n)
	}
	if n := b.kept(a, other); n != 2 {
		t.Errorf("%d lines are left of another", n)
	}
}

func TestLinesAreSortedWhenAnHourOld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.logs()
	ws := b.workspace("engines")
	for _, c := range []struct {
		after time.Duration
		left  int
	}{{accessLogsSorted, 1}, {-time.Minute, 0}} { // the second as if that had passed
		b.asked(a, b.now().Add(-time.Duration(c.left)*time.Second), ws)
		b.must(a.sort(c.after)(t.Context()))
		if n := b.sortAll(a); n != c.left {
			t.Errorf("after %s, %d segments were left to be sorted, want %d", c.after, n, c.left)
		}
	}
	if n := b.kept(a, ws); n != 2 {
		t.Errorf("%d lines are kept", n)
	}
}

func TestLinesAreKeptForAsLongAsIsSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.logs()
	ws := b.workspace("engines")
	for day := range 40 {
		b.asked(a, b.now().AddDate(0, 0, -day), ws)
	}
	b.sortAll(a)
	b.put(365 * 24 * time.Hour) // a clock that leapt is not believed at once
	b.must(a.expire(t.Context()))
	b.put(-365 * 24 * time.Hour)
	if n := b.kept(a, ws); n != 31 { // today's, and those of 30 days
		t.Errorf("%d lines are kept", n)
	}
}
