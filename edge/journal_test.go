package edge

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func newJournal(t *testing.T) *journal {
	t.Helper()
	j, err := openJournal(filepath.Join(t.TempDir(), "state"))
	must(t, err)
	t.Cleanup(j.close)
	return j
}

func changeOf(version int64, route feed.Route) feed.Message {
	route.Version = version
	return feed.Message{Type: feed.KindChange, Version: version, Route: &route}
}

func TestJournalGivesBackTheTable(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	if err := j.load(NewTable()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("an empty directory gives %v", err)
	}
	must(t, j.rewrite(filled(t, 5, routeTo("acme", "/a")).Export()))
	must(t, j.append([]feed.Message{changeOf(6, routeTo("globex", "/g"))}))
	must(t, j.append([]feed.Message{changeOf(7, feed.Route{WorkspaceID: "ws_acme", State: feed.StateGone}),
		changeOf(8, routeTo("hooli", "/h"))}))

	table := NewTable()
	must(t, j.load(table))
	if owner(table, "acme") != "" || owner(table, "globex") == "" || owner(table, "hooli") == "" ||
		table.Version() != 8 || table.BaseDomain() != "longhouse.localhost" {
		t.Errorf("version %d of %q with %d routes", table.Version(), table.BaseDomain(), table.Len())
	}
}

func TestJournalIsReplacedNotOverwritten(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	must(t, j.rewrite(filled(t, 1, routeTo("acme", "/a")).Export()))
	must(t, j.rewrite(filled(t, 2, routeTo("acme", "/b")).Export()))
	must(t, j.append([]feed.Message{changeOf(3, routeTo("globex", "/g"))}))
	files, err := os.ReadDir(j.dir)
	must(t, err)
	if len(files) != 1 {
		t.Errorf("%d files were left behind", len(files))
	}
	info, err := os.Stat(j.path())
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}

// Whatever single byte changes, and wherever the file is cut inside a record, nothing of it is taken.
func TestDamagedJournalIsRefused(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	must(t, j.rewrite(filled(t, 1, routeTo("acme", "/a")).Export()))
	must(t, j.append([]feed.Message{changeOf(2, routeTo("globex", "/g"))}))
	must(t, j.append([]feed.Message{changeOf(3, routeTo("hooli", "/h"))}))
	whole, err := os.ReadFile(j.path())
	must(t, err)

	refused := func(damaged []byte, what string, at int) {
		t.Helper()
		must(t, os.WriteFile(j.path(), damaged, 0o600))
		if err := j.load(NewTable()); err == nil {
			t.Fatalf("%s at %d of %d went unnoticed", what, at, len(whole))
		}
	}
	for at := range whole {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 0x01
		refused(flipped, "a flipped bit", at)
		if at == 0 || whole[at-1] != '\n' || bytes.Count(whole[:at], []byte("\n")) < 2 {
			refused(whole[:at], "an end", at)
		}
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	refused(bytes.Join([][]byte{lines[0], lines[1], lines[3]}, nil), "a missing record", 2)
	refused(bytes.Join([][]byte{lines[0], lines[1], lines[3], lines[2]}, nil), "a reordered record", 2)
	refused(append(bytes.Clone(whole), "garbage\n"...), "garbage", len(whole))
}

func TestUnfinishedRewriteIsCleanedUp(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	must(t, j.rewrite(filled(t, 1, routeTo("acme", "/a")).Export()))
	must(t, os.WriteFile(j.path()+".123", []byte("half"), 0o600))
	again, err := openJournal(j.dir)
	must(t, err)
	must(t, again.load(NewTable()))
	files, err := os.ReadDir(j.dir)
	must(t, err)
	if len(files) != 1 {
		t.Errorf("%d files", len(files))
	}
}
