package repository

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// month has a backup each day, and returns what each holds.
func (r rig) month(days int) map[string]streams {
	r.t.Helper()
	table, all := newTable(10, 4000), map[string]streams{}
	for day := range days {
		id := fmt.Sprintf("day-%02d", day)
		all[id] = streams{"database": table.dump(), "file": noise(uint64(day), 400_000)}
		r.backUp(id, all[id])
		table.insert(40)
		table.edit(400) // much, so that old packs have little left
	}
	return all
}

func TestASweepLeavesWhatIsNeededAndNothingElse(t *testing.T) {
	t.Parallel()
	r := setup(t)
	all := r.month(8)
	before := r.size()
	for id := range all {
		if id < "day-06" {
			must(t, r.r.Forget(t.Context(), id))
			delete(all, id)
		}
	}
	done, err := r.r.Sweep(t.Context())
	must(t, err)
	for id, want := range all {
		r.holds(id, want)
	}
	fresh := setup(t)
	for id, want := range all {
		fresh.backUp(id, want)
	}
	if after, least := r.size(), fresh.size(); after > least*2 || after > before/2 || done.Packs == 0 || done.Moved == 0 {
		t.Errorf("%d bytes were there; after %+v it is %d, and the two alone take %d", before, done, after, least)
	}
	again, err := r.r.Sweep(t.Context())
	must(t, err)
	if again.Packs != 0 || again.Moved != 0 {
		t.Errorf("a second sweep found more: %+v", again)
	}
	r.backUp("more", all["day-07"])
	r.holds("more", all["day-07"])
}

func TestNothingIsLeftOfNoBackups(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.backUp("only", streams{"database": newTable(11, 1000).dump()})
	must(t, r.r.Forget(t.Context(), "only"))
	must(t, r.r.Forget(t.Context(), "never"))
	_, err := r.r.Sweep(t.Context())
	must(t, err)
	if left := r.files(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestASweepRemovesNothingWhereItCanNotReadAll(t *testing.T) {
	t.Parallel()
	r := setup(t)
	all := r.month(3)
	must(t, r.r.Forget(t.Context(), "day-00"))
	change(t, filepath.Join(r.dir, "backups", "day-01"), func(data []byte) []byte { data[300] ^= 1; return data })
	before := len(r.files())
	_, err := r.r.Sweep(t.Context())
	if damage := (*Damage)(nil); !errors.As(err, &damage) || damage.Object != "backups/day-01" {
		t.Errorf("the sweep ended with %v", err)
	}
	if len(r.files()) != before {
		t.Error("something was removed")
	}
	r.holds("day-02", all["day-02"])
}

// A sweep that dies at any place leaves all backups whole, and the next one does the rest.
func TestASweepMayDieAnywhere(t *testing.T) {
	t.Parallel()
	whole := setup(t)
	all := whole.month(6)
	for _, id := range []string{"day-00", "day-01", "day-02", "day-03"} {
		must(t, whole.r.Forget(t.Context(), id))
		delete(all, id)
	}
	for writes := 0; ; writes++ {
		r := setup(t)
		must(t, os.CopyFS(r.dir, os.DirFS(whole.dir)))
		dying := open(t, &failing{NewFolder(r.dir), writes}, testKey)
		dying.indexMost = 1 // one for each pack
		_, err := dying.Sweep(t.Context())
		for id, want := range all {
			r.holds(id, want)
		}
		r.backUp("after", all["day-05"])
		r.holds("after", all["day-05"])
		if err == nil {
			if writes < 5 {
				t.Errorf("it took %d writes only", writes)
			}
			return
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		_, err = r.r.Sweep(t.Context())
		must(t, err)
		for id, want := range all {
			r.holds(id, want)
		}
	}
}

// A backup that dies at any place harms no other, and leaves nothing that a sweep doesn't find.
func TestABackupMayDieAnywhere(t *testing.T) {
	t.Parallel()
	whole := setup(t)
	first := streams{"database": newTable(12, 3000).dump()}
	whole.backUp("first", first)
	second := streams{"database": newTable(13, 60_000).dump()}
	size := whole.size()
	for writes := 0; ; writes++ {
		r := setup(t)
		must(t, os.CopyFS(r.dir, os.DirFS(whole.dir)))
		_, err := backUp(t.Context(), open(t, &failing{NewFolder(r.dir), writes}, testKey), "second", second)
		r.holds("first", first)
		if err == nil {
			r.holds("second", second)
			return
		}
		_, err = r.r.Sweep(t.Context())
		must(t, err)
		if after := r.size(); after > size+size/10 {
			t.Errorf("after %d writes and a sweep %d bytes are left instead of %d", writes, after, size)
		}
		r.holds("first", first)
	}
}
