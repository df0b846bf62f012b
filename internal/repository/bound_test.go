package repository

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNothingIsWrittenThatIsTooLargeToBeRead(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if _, err := r.r.put(t.Context(), "packs/large", make([]byte, maxPlain+1)); err == nil || !strings.Contains(err.Error(), "packs/large") {
		t.Errorf("one byte too much: %v", err)
	}
	if there := r.files(); len(there) > 0 {
		t.Errorf("there are %v", there)
	}
}

// However many chunks there are, no index gets larger than it may be read.
func TestIndexesAreBounded(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.r.indexMost = 400
	all := r.month(5)
	must(t, r.r.Forget(t.Context(), "day-00"))
	delete(all, "day-00")
	_, err := r.r.Sweep(t.Context())
	must(t, err)
	before := r.indexes()
	if len(before) < 2 {
		t.Fatalf("there are %d indexes", len(before))
	}
	for file, x := range before {
		if len(x.where) > r.r.indexMost && len(x.packs) > 1 {
			t.Errorf("%s names %d chunks in %d packs", file, len(x.where), len(x.packs))
		}
	}
	for id, want := range all {
		r.holds(id, want)
	}
	_, err = r.r.Sweep(t.Context())
	must(t, err)
	if after := r.indexes(); !slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after))) {
		t.Error("a sweep that changed nothing wrote indexes anew")
	}
}

// indexes are those that are there, by their files.
func (r rig) indexes() map[string]*index {
	r.t.Helper()
	all := map[string]*index{}
	for object, err := range NewFolder(r.dir).List(r.t.Context(), indexFolder) {
		must(r.t, err)
		plain, err := r.r.get(r.t.Context(), object.Name)
		x := newIndex()
		must(r.t, errors.Join(err, x.parse(plain)))
		all[filepath.Base(object.Name)] = x
	}
	return all
}
