package edge

import (
	"log/slog"
	"os"
	"slices"
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

// TestAChangeIsInForceWhileTheFileIsWritten anew, which may take a second, and on disk right after it.
func TestAChangeIsInForceWhileTheFileIsWritten(t *testing.T) {
	t.Parallel()
	j, err := openJournal(t.TempDir())
	must(t, err)
	k := newKeeper(j, newTunnels(), "", slog.New(slog.DiscardHandler))
	t.Cleanup(k.close)
	var told []int64
	k.offer = func(s standing, _ bool) { told = append(told, s.version) }
	hear := func(m feed.Message) {
		t.Helper()
		must(t, k.learn(m))
		k.settleAside()
		k.confirm(false)
	}
	unlock, err := (&journal{dir: j.dir}).lock() // another edge is at it
	must(t, err)
	hear(feed.Message{Type: feed.KindSnapshot, Version: 1, History: "h", Routes: []feed.Route{routeTo("acme", "/a"), routeTo("bolt", "/b")}})
	hear(feed.Message{Type: feed.KindChange, Version: 2, Route: &feed.Route{WorkspaceID: "ws_bolt", Version: 2, State: feed.StateGone}})
	hear(changeOf(3, routeTo("cork", "/c")))
	if owner(k.table, "bolt") != "" || owner(k.table, "cork") == "" || !slices.Equal(told, []int64{0, 0, 0}) {
		t.Errorf("%d routes in force, confirmed %d", k.table.Len(), told)
	}
	unlock()
	k.settle()
	if found := newKeeper(j, newTunnels(), "", slog.New(slog.DiscardHandler)); found.table.Version() != 3 || found.table.Len() != 2 || told[len(told)-1] != 3 {
		t.Errorf("version %d is on disk with %d routes, confirmed %d", found.table.Version(), found.table.Len(), told)
	}
}

// TestASnapshotDuringARewriteIsWrittenToo: the file that was being written is not the last word.
func TestASnapshotDuringARewriteIsWrittenToo(t *testing.T) {
	t.Parallel()
	j, err := openJournal(t.TempDir())
	must(t, err)
	k := newKeeper(j, newTunnels(), "", slog.New(slog.DiscardHandler))
	t.Cleanup(k.close)
	unlock, err := (&journal{dir: j.dir}).lock()
	must(t, err)
	for _, m := range []feed.Message{
		{Type: feed.KindSnapshot, Version: 9, History: "first", Routes: []feed.Route{routeTo("acme", "/a")}},
		{Type: feed.KindSnapshot, Version: 3, History: "second", Routes: []feed.Route{routeTo("bolt", "/b")}},
		changeOf(4, routeTo("cork", "/c")),
	} {
		must(t, k.learn(m))
		k.settleAside()
	}
	unlock()
	k.settle()
	found := newKeeper(j, newTunnels(), "", slog.New(slog.DiscardHandler))
	if found.safe != (standing{4, "second"}) || owner(found.table, "acme") != "" || found.table.Len() != 2 || k.standing() != found.safe {
		t.Errorf("%+v is on disk with %d routes, %+v can be confirmed", found.safe, found.table.Len(), k.standing())
	}
}
