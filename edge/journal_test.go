package edge

import (
	"bytes"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// newJournal is one that is never written as the release before reads it.
func newJournal(t *testing.T) *journal {
	t.Helper()
	j, err := openJournal(filepath.Join(t.TempDir(), "state"))
	must(t, err)
	j.plain = 0
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
	must(t, j.rewrite(filled(t, 5, routeTo("acme", "/a")).export()))
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
	must(t, j.rewrite(filled(t, 1, routeTo("acme", "/a")).export()))
	must(t, j.rewrite(filled(t, 2, routeTo("acme", "/b")).export()))
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

// TestJournalGivesBackIPFilters, which it keeps as they are until somebody comes.
func TestJournalGivesBackIPFilters(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	open, unknown := allowing(routeTo("open", "/o")), routeTo("unknown", "/u")
	open.Filter.Open, unknown.PolicyVersion = true, 1
	ended := allowing(routeTo("ended", "/e"), friend)
	past := time.Unix(1, 0)
	ended.Filter.Rules[0].Until = &past
	must(t, j.rewrite(filled(t, 5, allowing(routeTo("acme", "/a"), friend), open, unknown, ended, routeTo("none", "/n")).export()))
	table := NewTable()
	must(t, j.load(table))
	again := newJournal(t)
	must(t, again.rewrite(table.export())) // what was never looked at is written as it was read
	found := NewTable()
	must(t, again.load(found))
	for _, table := range []*Table{table, found} {
		for slug, want := range map[string][2]bool{"acme": {true, false}, "open": {true, true}, "unknown": {}, "ended": {}, "none": {true, true}} {
			for i, address := range []string{friend, stranger} {
				x := &exchange{client: netip.MustParseAddr(address)}
				if in, _ := table.Lookup(slug + ".longhouse.localhost").door.take(x); in != want[i] {
					t.Errorf("%s lets %s in: %t", slug, address, in)
				}
			}
		}
	}
}

// TestJournalOfTheReleaseBeforeIsRead, whose snapshot is a single line.
func TestJournalOfTheReleaseBeforeIsRead(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	text := []byte(journalMagicBefore)
	var sum uint32
	for _, m := range []feed.Message{
		{Type: feed.KindSnapshot, Version: 5, History: "h", BaseDomain: "longhouse.localhost", Routes: []feed.Route{allowing(routeTo("acme", "/a"), friend)}},
		changeOf(6, routeTo("globex", "/g")),
	} {
		record, next, err := encode(m, nil, sum)
		must(t, err)
		text, sum = append(text, record...), next
	}
	must(t, os.WriteFile(j.path(), text, 0o600))
	table := NewTable()
	must(t, j.load(table))
	if owner(table, "acme") == "" || owner(table, "globex") == "" || table.Version() != 6 || table.History() != "h" {
		t.Errorf("version %d with %d routes", table.Version(), table.Len())
	}
	if in, _ := table.Lookup("acme.longhouse.localhost").door.take(&exchange{client: netip.MustParseAddr(stranger)}); in {
		t.Error("the IP filter is gone")
	}
}

// TestJournalOfFewRoutesIsReadByTheReleaseBefore, so that whoever goes back has an edge that serves.
func TestJournalOfFewRoutesIsReadByTheReleaseBefore(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	j.plain = 2
	said := allowing(routeTo("acme", "/a"), friend)
	must(t, j.rewrite(filled(t, 5, said, routeTo("globex", "/g")).export()))
	must(t, j.append([]feed.Message{changeOf(6, routeTo("initech", "/i"))}))
	text, err := os.ReadFile(j.path())
	must(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	if len(lines) != 4 || lines[0] != journalMagicBefore || lines[3] != "" {
		t.Fatalf("the file is %q", text)
	}
	m, err := feed.Parse([]byte(strings.TrimSuffix(lines[1][sumDigits+1:], "\n")))
	must(t, err)
	i := slices.IndexFunc(m.Routes, func(r feed.Route) bool { return r.WorkspaceID == said.WorkspaceID })
	if m.Type != feed.KindSnapshot || m.Version != 5 || len(m.Routes) != 2 || !reflect.DeepEqual(m.Routes[i].Filter, said.Filter) {
		t.Errorf("the snapshot is %+v", m)
	}
	table := NewTable()
	must(t, j.load(table))
	if in, _ := table.Lookup("acme.longhouse.localhost").door.take(&exchange{client: netip.MustParseAddr(stranger)}); in || owner(table, "initech") == "" {
		t.Errorf("read back, a stranger is let in: %t; %d routes", in, table.Len())
	}
	must(t, j.rewrite(table.export()))
	if text, err := os.ReadFile(j.path()); err != nil || !strings.HasPrefix(string(text), journalMagic) {
		t.Errorf("with more routes it is %.40q, %v", text, err)
	}
}

// Whatever single byte changes, and wherever the file is cut inside a record, nothing of it is taken.
func TestDamagedJournalIsRefused(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	must(t, j.rewrite(filled(t, 1, allowing(routeTo("acme", "/a"), friend), routeTo("bolt", "/b")).export()))
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
	const snapshotLines = 4 // what the file is, the snapshot, and its routes
	for at := range whole {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 0x01
		refused(flipped, "a flipped bit", at)
		if at == 0 || whole[at-1] != '\n' || bytes.Count(whole[:at], []byte("\n")) < snapshotLines {
			refused(whole[:at], "an end", at)
		}
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for at := 2; at < len(lines)-2; at++ {
		refused(bytes.Join(slices.Delete(slices.Clone(lines), at, at+1), nil), "a missing record", at)
		swapped := slices.Clone(lines)
		swapped[at], swapped[at+1] = swapped[at+1], swapped[at]
		refused(bytes.Join(swapped, nil), "a reordered record", at)
	}
	refused(append(bytes.Clone(whole), "garbage\n"...), "garbage", len(whole))
}

func TestUnfinishedRewriteIsCleanedUp(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	must(t, j.rewrite(filled(t, 1, routeTo("acme", "/a")).export()))
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
