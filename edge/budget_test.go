package edge

import (
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestReplaysStayATenth(t *testing.T) {
	t.Parallel()
	b := &budget{}
	spent := 0
	for b.spend() {
		spent++
	}
	if spent != replaySavings/replayCost {
		t.Errorf("%d replays at once", spent)
	}
	for range replayCost - 1 {
		b.earn()
	}
	if b.spend() {
		t.Error("a replay for nine requests")
	}
	b.earn()
	if !b.spend() {
		t.Error("no replay for ten requests")
	}
}

func TestTheCrowdThatWaitsIsBounded(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(all *retries, own *budget){
		"in all":       func(all *retries, _ *budget) { all.waiting.Store(maxWaiting) },
		"at workspace": func(_ *retries, own *budget) { own.waiting.Store(maxWaitingAtOne) },
	} {
		all, own := &retries{patience: time.Minute}, &budget{}
		fill(all, own)
		before, beforeOwn := all.waiting.Load(), own.waiting.Load()
		tries := all.begin(own)
		if tries.wait(t.Context()) || all.waiting.Load() != before || own.waiting.Load() != beforeOwn {
			t.Errorf("%s: one more was let in to wait", name)
		}
	}
}

func (r *rig) budget(slug string) *budget {
	return r.server.keeper.table.Lookup(slug + ".longhouse.localhost").budget
}

// TestAWorkspaceThatCrashesUsesUpItsOwnReplays, and keeps what it has used up when its route moves.
func TestAWorkspaceThatCrashesUsesUpItsOwnReplays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	crashing, _ := r.scripted("crashing", func(int64, *http.Request) string { return "" })
	var restarted sync.Map
	quiet, _ := r.scripted("quiet", func(_ int64, req *http.Request) string {
		if _, seen := restarted.LoadOrStore(req.Header.Get(requestIDHeader), true); !seen {
			return ""
		}
		return shortAnswer
	})
	r.control.set(1, crashing, quiet)
	r.start()
	r.waitVersion(1)
	for r.budget("crashing").spend() {
	}
	r.get("crashing.longhouse.localhost", "/").want(t, 502, "")
	r.get("quiet.longhouse.localhost", "/").want(t, 200, "hello")

	moved, connections := r.scripted("moved", func(int64, *http.Request) string { return "" })
	moved.WorkspaceID, moved.Hosts = crashing.WorkspaceID, crashing.Hosts
	r.control.change(2, moved)
	r.waitVersion(2)
	r.get("crashing.longhouse.localhost", "/").want(t, 502, "")
	if n := connections.Load(); n != 1 {
		t.Errorf("a workspace without replays was asked %d times", n)
	}
}

func TestThoseWhoWaitForOneWorkspaceLeavePlacesToOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	late := filepath.Join(r.dir, "late.sock")
	r.control.set(1, routeTo("down", filepath.Join(r.dir, "nobody.sock")), routeTo("late", late))
	r.start()
	r.waitVersion(1)
	r.budget("down").waiting.Store(maxWaitingAtOne)
	r.get("down.longhouse.localhost", "/").want(t, 502, "")
	if n := r.server.retries.retried.Load(); n != 0 {
		t.Errorf("one too many waited all the same, and was sent %d times more", n)
	}
	answered := make(chan *answerOf)
	go func() { answered <- r.get("late.longhouse.localhost", "/") }()
	eventually(t, "it waits", func() bool { return r.budget("late").waiting.Load() == 1 })
	instanceAt(t, late, "late", says("here"))
	(<-answered).want(t, 200, "here")
}
