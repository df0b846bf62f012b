package process

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// plenty is for who wants to know all.
const plenty = math.MaxInt64

// link gives one file of a folder so many further names.
func link(t *testing.T, dir string, names int) {
	t.Helper()
	first := filepath.Join(dir, "first")
	if err := os.WriteFile(first, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range names {
		if err := unix.Link(first, filepath.Join(dir, strconv.Itoa(n))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryNameOfAFileCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link(t, dir, 1000)
	if u := diskUse(dir, nil, plenty); u.disk < 1000*entryBytes {
		t.Errorf("a thousand names of a file count %d", u.disk)
	}
}

func TestALookEndsWhenEnoughIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link(t, dir, 1000)
	if u := diskUse(dir, nil, 10*entryBytes); u.disk > 100*entryBytes {
		t.Errorf("after ten names it went on to %d", u.disk/entryBytes)
	}
}

func TestAFolderThatOnceHeldManyNamesCountsItsBlocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link(t, dir, 5000)
	for n := range 5000 {
		if err := os.Remove(filepath.Join(dir, strconv.Itoa(n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "first")); err != nil {
		t.Fatal(err)
	}
	if got, want := diskUse(dir, nil, plenty).disk, max(blocks(dir), entryBytes); got != want {
		t.Errorf("the folder takes %d, and counts %d", want, got)
	}
}

func TestLooksTakeATwentiethOfTheTime(t *testing.T) {
	t.Parallel()
	var p pace
	began := time.Now()
	if !p.due(began) {
		t.Fatal("there is no first look")
	}
	ended := began.Add(time.Second)
	p.took(began, ended)
	if p.due(ended.Add(19*time.Second)) || !p.due(ended.Add(20*time.Second)) {
		t.Errorf("after a look of a second the next is due at %s", p.next.Sub(ended))
	}
	if p.took(began, began.Add(time.Minute)); !p.due(began.Add(time.Minute + lookWithin)) {
		t.Error("a look that took a minute puts the next off for longer than it may")
	}
}

func TestAnInstanceOfTooManyNamesIsEndedAndToldSo(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	d.Limits = workload.Limits{DiskBytes: 4 << 20}
	m.run(t, d)
	link(t, m.cfg.workDir(d.ID), 2000)
	eventually(t, "an end that says why", func() bool {
		return strings.HasPrefix(m.observe(t, d.ID).LastExit, "killed: out of disk (too many names")
	})
	m.serving(t, d.ID)
}
