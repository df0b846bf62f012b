package edge

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// TestTheDiskForgetsWhoIsGone, soon, and not with a rewrite for each of many that go at once.
func TestTheDiskForgetsWhoIsGone(t *testing.T) {
	t.Parallel()
	j, err := openJournal(t.TempDir())
	must(t, err)
	t.Cleanup(j.close)
	k := newKeeper(j, newTunnels(), "", slog.New(slog.DiscardHandler))
	now := time.Unix(1000, 0)
	k.now = func() time.Time { return now }
	onDisk := func(slug string) bool {
		t.Helper()
		data, err := os.ReadFile(j.path())
		must(t, err)
		return strings.Contains(string(data), slug)
	}
	hear := func(m feed.Message) {
		t.Helper()
		must(t, k.learn(m))
		k.settle()
	}
	gone := func(version int64, slug string) {
		t.Helper()
		hear(feed.Message{Type: feed.KindChange, Version: version, Route: &feed.Route{WorkspaceID: "ws_" + slug, Version: version, State: feed.StateGone}})
	}
	hear(feed.Message{Type: feed.KindSnapshot, Version: 1, Routes: []feed.Route{routeTo("acme", "/a"), routeTo("bolt", "/b"), routeTo("cork", "/c")}})
	file, err := os.Stat(j.path())
	must(t, err)
	gone(2, "acme")
	now = now.Add(forgetAfter - time.Second)
	gone(3, "bolt")
	if again, err := os.Stat(j.path()); err != nil || !os.SameFile(file, again) {
		t.Errorf("each that goes has the file written anew: %v", err)
	}
	now = now.Add(time.Second)
	hear(feed.Message{Type: feed.KindHeartbeat, Version: 3})
	if onDisk("acme") || onDisk("bolt") || !onDisk("cork") {
		t.Error("who is gone is named on the disk, or who is there is not")
	}
	file, err = os.Stat(j.path())
	must(t, err)
	now = now.Add(time.Hour)
	hear(feed.Message{Type: feed.KindHeartbeat, Version: 3})
	if again, err := os.Stat(j.path()); err != nil || !os.SameFile(file, again) {
		t.Errorf("it is written anew though nobody has gone: %v", err)
	}
	if again := newKeeper(j, newTunnels(), "", slog.New(slog.DiscardHandler)); again.table.Version() != 3 || again.table.Len() != 1 {
		t.Errorf("version %d with %d routes", again.table.Version(), again.table.Len())
	}
}
