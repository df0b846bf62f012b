package edge

import (
	"log/slog"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func TestHistoryOutlivesARestart(t *testing.T) {
	t.Parallel()
	j, err := openJournal(t.TempDir())
	must(t, err)
	quiet := slog.New(slog.DiscardHandler)
	k := newKeeper(j, newTunnels(), "", quiet)
	must(t, k.learn(feed.Message{Type: feed.KindSnapshot, Version: 7, History: "first"}))
	k.settle()
	if again := newKeeper(j, newTunnels(), "", quiet); again.table.History() != "first" || again.table.Version() != 7 {
		t.Errorf("history %q, version %d", again.table.History(), again.table.Version())
	}
	must(t, k.learn(feed.Message{Type: feed.KindSnapshot, Version: 3, History: "second"}))
	if k.table.History() != "second" || k.table.Version() != 3 {
		t.Errorf("history %q, version %d", k.table.History(), k.table.Version())
	}
}
