package repository

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheNextBackupWritesAgainWhatWasLost(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want := streams{"database": newTable(7, 30_000).dump(), "file/a": noise(7, 5<<20), "file/b": noise(8, 1<<20)}
	r.backUp("first", want)
	r.backUp("other", streams{"file/c": noise(9, 1<<20)})
	for _, file := range r.files() {
		what := strings.TrimPrefix(file, r.dir+"/")
		if !strings.HasPrefix(what, packFolder) {
			continue
		}
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(r.dir)))
			must(t, os.Remove(filepath.Join(dir, what)))
			spoilt := rig{t, dir, open(t, NewFolder(dir), testKey)}
			damaged := verify(t.Context(), spoilt.r, "first") != nil
			spoilt.backUp("second", want)
			spoilt.holds("second", want)
			if damaged {
				spoilt.holds("first", want) // it is the same chunks
			}
			must(t, spoilt.r.Forget(t.Context(), "other"))
			if _, err := spoilt.r.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
			spoilt.holds("first", want)
			spoilt.holds("second", want)
		})
	}
}

func TestAStreamIsNotKeptAgainWhereSomethingOfItMayBeLost(t *testing.T) {
	t.Parallel()
	r := setup(t)
	deep := streams{"database": newTable(7, 100_000).dump()}
	m := r.backUp("first", deep)
	reader, err := r.r.Reader(t.Context())
	must(t, err)
	var entries []Entry
	for e, err := range reader.Entries(t.Context(), m) {
		must(t, err)
		entries = append(entries, e)
	}
	if entries[0].Depth == 0 {
		t.Fatal("it names all of its chunks itself")
	}
	again := func() bool {
		b, err := r.r.Begin(t.Context(), "second")
		must(t, err)
		return b.Again(entries[0])
	}
	if !again() {
		t.Error("nothing is lost, and it is not kept")
	}
	for _, file := range r.files() {
		if !strings.Contains(file, packFolder) {
			continue
		}
		data, err := os.ReadFile(file)
		must(t, err)
		must(t, os.Remove(file))
		if again() {
			t.Errorf("it is kept again without %s", file)
		}
		must(t, os.WriteFile(file, data, 0o600))
	}
}

func TestASweepLeavesWhatItCanOfABackupThatLostSomething(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want, big := noise(7, 5<<20), noise(8, 30<<20)
	r.backUp("first", streams{"file/a": want})
	r.backUp("second", streams{"file/a": want, "file/b": big})
	for _, file := range r.files() {
		if info, err := os.Stat(file); err == nil && info.Size() > 1<<20 && strings.Contains(file, packFolder) {
			must(t, os.Remove(file)) // those of files; what lists them is in smaller ones
			break
		}
	}
	_, err := r.r.Sweep(t.Context())
	must(t, err)
	whole := 0
	for _, id := range []string{"first", "second"} {
		if err := verify(t.Context(), r.r, id); err == nil {
			whole++
		} else if !strings.Contains(err.Error(), packFolder) {
			t.Errorf("it no longer says which pack is missing: %v", err)
		}
	}
	if whole == 2 {
		t.Error("nothing was lost")
	}
}
