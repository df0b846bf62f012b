package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// keptText is what is kept for workspaces.
func (c *control) keptText() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.lines.String()
}

func everybody(owners []string) (map[string]bool, error) {
	there := map[string]bool{}
	for _, o := range owners {
		there[o] = true
	}
	return there, nil
}

// handed is how many lines of each owner were handed over, each segment once.
func (c *control) handed() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, seen := map[string]int{}, map[string]bool{}
	for _, s := range c.log.segments {
		if seen[s.Name] { // its answer was lost
			continue
		}
		seen[s.Name] = true
		for _, b := range s.Blocks {
			n[b.Owner] += b.Lines
		}
	}
	return n
}

// stood is the last that was said, and how many lines were said to be lost in all.
func (c *control) stood() (last feed.LogStanding, lost int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.log.standing {
		last = s
		lost += s.Lost
	}
	return last, lost
}

// prompt has an edge hand lines over at once.
func prompt(s *server) { s.handover.every, s.handover.age = 5*time.Millisecond, 0 }

func spoolOf(r *rig) string { return filepath.Join(r.config.StateDir, spoolFolder) }

// spooledFiles are those that wait, by state.
func spooledFiles(t testing.TB, r *rig) map[spoolState]int {
	t.Helper()
	list, err := spooled(spoolOf(r))
	must(t, err)
	n := map[spoolState]int{}
	for _, f := range list {
		n[f.state]++
	}
	return n
}

func TestRequestsOfAWorkspaceAreHandedOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	closed := r.instance("shut", says("in"))
	closed.Filter = &feed.Filter{}
	r.control.set(1, r.instance("acme", says("in")), closed)
	r.start(prompt)
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/a?t=SECRET").want(t, http.StatusOK, "in")
	r.get("acme.longhouse.localhost", "/hooks/SECRET").want(t, http.StatusOK, "in")
	r.get("shut.longhouse.localhost", "/b").want(t, http.StatusForbidden, "127.0.0.1")
	r.get("nobody.longhouse.localhost", "/c").want(t, http.StatusNotFound, "")
	eventually(t, "three lines", func() bool { return fmt.Sprint(r.control.handed()) == "map[ws_acme:2 ws_shut:1]" })
	if kept := r.control.keptText(); !strings.Contains(kept, `"/hooks/***"`) || strings.Contains(kept, "SECRET") || strings.Contains(kept, testToken) {
		t.Errorf("what is kept: %s", kept)
	}
	eventually(t, "nothing is left", func() bool { return len(spooledFiles(t, r)) == 0 })
	if a := r.admin("/metrics"); !strings.Contains(a.body, "longhouse_edge_access_lines_told_total 3\n") {
		t.Errorf("figures: %s", a.body)
	}
	before := time.Now()
	must(t, r.stop())
	if s, lost := r.control.stood(); s.Edge == "" || !s.Until.After(before.Add(-2*clockGap)) || s.Segments != 0 || lost != 0 {
		t.Errorf("at its end the edge said %+v", s)
	}
}

// TestWhatNobodyTookIsKept: while the control plane takes nothing requests are served, and the next process of the edge hands over what the
// one before could not, and what one that was killed had not even sealed, each line once.
func TestWhatNobodyTookIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.log.answer = http.StatusServiceUnavailable
	r.control.set(1, r.instance("acme", says("in")))
	r.start(prompt)
	r.waitVersion(1)
	for range 5 {
		r.get("acme.longhouse.localhost", "/a").want(t, http.StatusOK, "in")
	}
	must(t, r.stop())
	if n := spooledFiles(t, r); n[spoolPacked] == 0 || n[spoolOpen]+n[spoolSealed] != 0 {
		t.Fatalf("on disk: %v", n)
	}
	s, _ := r.control.stood()
	if s.Segments == 0 || s.Bytes == 0 {
		t.Errorf("it said %+v", s)
	}
	killed := spoolName{from: time.Now(), lease: id.Show(id.EdgeLease, id.New()), sequence: 3, state: spoolOpen}
	line := `ws_acme {"time":"` + time.Now().UTC().Format(time.RFC3339Nano) + `","client":"192.0.2.1"}` + "\n"
	must(t, os.WriteFile(filepath.Join(spoolOf(r), killed.String()), []byte(line+line[:40]), 0o600))
	r.control.with(func() { r.control.log.answer = 0 })
	r.start(prompt)
	eventually(t, "all lines", func() bool { return r.control.handed()["ws_acme"] == 6 })
	must(t, r.stop())
	if n := spooledFiles(t, r); len(n) != 0 || r.control.handed()["ws_acme"] != 6 {
		t.Errorf("on disk: %v; handed over: %v", n, r.control.handed())
	}
	if _, lost := r.control.stood(); lost != 1 {
		t.Errorf("%d lines are said to be lost, and one was half written", lost)
	}
}

// TestWhatIsLostIsCountedOnce also where the edge ends while it is told.
func TestWhatIsLostIsCountedOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	h := r.server.handover
	must(t, r.stop())
	ctx, end := context.WithCancel(t.Context())
	r.control.with(func() { r.control.log.heard = end })
	h.figures.torn.Add(1)
	h.round(ctx, time.Now())
	h.end()
	if _, lost := r.control.stood(); lost != 1 {
		t.Errorf("%d lines are said to be lost, and one was", lost)
	}
}

func TestAFileThatIsBeingWrittenIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	other := newSpool(spoolOf(r), "edg_other", id.Show(id.EdgeLease, id.New()))
	_, _ = other.Write([]byte("ws_acme {}\n"))
	h := r.server.handover
	must(t, r.stop())
	must(t, h.pack())
	if n := spooledFiles(t, r); n[spoolOpen] != 1 || len(n) != 1 {
		t.Errorf("on disk: %v", n)
	}
	other.seal(time.Now())
	must(t, h.pack()) // whose line says no time
	if n := spooledFiles(t, r); len(n) != 0 || h.figures.torn.Load() != 1 {
		t.Errorf("on disk: %v", n)
	}
}

// handing is a handover on a folder of its own, whose rounds the test begins.
func handing(t *testing.T) (*handover, *control, *logBuffer) {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "token"), []byte(testToken), 0o600))
	j, err := openJournal(dir)
	must(t, err)
	logs := &logBuffer{}
	log := slog.New(slog.NewJSONHandler(logs, nil))
	who, err := openIdentity(j, "one", log)
	must(t, err)
	t.Cleanup(who.close)
	c := newControl(t)
	h, err := openHandover(who, newControlLine(c.URL, filepath.Join(dir, "token")), log)
	must(t, err)
	return h, c, logs
}

func keptLine(path string) []byte {
	l, _ := json.Marshal(accesslog.Line{At: time.Now(), Path: path})
	return append(append([]byte("ws_acme "), l...), '\n')
}

func TestWhatIsRefusedForGoodIsLostAndSaid(t *testing.T) {
	t.Parallel()
	h, c, logs := handing(t)
	c.log.answer = http.StatusUnprocessableEntity
	_, _ = h.spool.Write(append(keptLine("/a"), keptLine("/b")...))
	h.round(t.Context(), time.Now())
	list, err := spooled(h.spool.dir)
	must(t, err)
	if _, lost := c.stood(); lost != 2 || len(list) != 0 || !strings.Contains(logs.String(), "refuses a part of the access log") {
		t.Errorf("lost %d, kept %v, log %s", lost, list, logs)
	}
	h.told = time.Time{}
	h.round(t.Context(), time.Now())
	if _, lost := c.stood(); lost != 2 {
		t.Errorf("%d lines are said to be lost when it is said again", lost)
	}
}

func TestTheOldestGoWhereThereIsNoRoom(t *testing.T) {
	t.Parallel()
	h, c, logs := handing(t)
	c.log.answer = http.StatusServiceUnavailable
	for i := range 4 {
		_, _ = h.spool.Write(keptLine(fmt.Sprint("/", i)))
		h.round(t.Context(), time.Now())
	}
	list, err := spooled(h.spool.dir)
	must(t, err)
	h.room = list[2].size + list[3].size
	h.round(t.Context(), time.Now())
	after, err := spooled(h.spool.dir)
	must(t, err)
	if _, lost := c.stood(); lost != 2 || len(after) != 2 || after[0].from != list[2].from {
		t.Errorf("lost %d, kept %v of %v", lost, after, list)
	}
	if !strings.Contains(logs.String(), "the oldest lines of the access log are lost") {
		t.Errorf("log: %s", logs)
	}
}

func TestADiskThatTakesNothingCostsLinesAndNoRequest(t *testing.T) {
	t.Parallel()
	h, c, logs := handing(t)
	_, _ = h.spool.Write(keptLine("/a"))
	h.spool.mu.Lock()
	_ = h.spool.file.Close() // which no write survives
	h.spool.mu.Unlock()
	_, _ = h.spool.Write(append(keptLine("/b"), keptLine("/c")...))
	h.round(t.Context(), time.Now().Add(-time.Hour))
	if _, lost := c.stood(); lost != 2 || !strings.Contains(logs.String(), "disk did not take them") {
		t.Errorf("lost %d, log %s", lost, logs)
	}
}

// FuzzSpoolName: what is taken for a file of the spool's is called so by the spool.
func FuzzSpoolName(f *testing.F) {
	f.Add(spoolName{from: time.Now(), lease: id.Show(id.EdgeLease, id.New()), sequence: 3, lines: 7, state: spoolPacked}.String())
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := parseSpoolName(text); ok && (n.String() != text || strings.ContainsAny(text, "/\x00")) {
			t.Errorf("%q is taken for %+v", text, n)
		}
	})
}
