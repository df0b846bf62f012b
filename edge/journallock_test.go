package edge

import (
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// TestTwoEdgesShareTheirDirectory is an edge beside its successor, and then without it.
func TestTwoEdgesShareTheirDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *keeper {
		j, err := openJournal(dir)
		must(t, err)
		k := newKeeper(j, newTunnels(), "", newRig(t).config.Log)
		t.Cleanup(j.close)
		return k
	}
	onDisk := func() int64 {
		table := NewTable()
		must(t, (&journal{dir: dir}).load(table))
		return table.Version()
	}
	learn := func(k *keeper, m feed.Message) {
		must(t, k.learn(m))
		k.settle()
	}
	change := func(version int64) feed.Message {
		route := routeTo("acme", "/run/a")
		return feed.Message{Type: feed.KindChange, Version: version, Route: &route}
	}
	elder := open()
	learn(elder, feed.Message{Type: feed.KindSnapshot, Version: 1})
	younger := open()
	learn(younger, change(2))
	if v := onDisk(); v != 2 {
		t.Fatalf("version %d is on disk, the younger wrote 2", v)
	}
	learn(elder, change(2))
	learn(elder, change(3))
	if v := onDisk(); v != 3 {
		t.Fatalf("version %d is on disk, the elder wrote 3", v)
	}
	learn(younger, feed.Message{Type: feed.KindHeartbeat, Version: 3}) // it lags
	elder.yielding.Store(true)
	learn(younger, change(3))
	learn(younger, change(4))
	learn(elder, change(5))
	if v := onDisk(); v != 4 {
		t.Errorf("version %d is on disk, the younger wrote 4 and the elder has yielded", v)
	}
}
