package provisioner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/repository"
)

// newBackups are the parts of two storages in one bucket of a store of its own.
func newBackups(t *testing.T) (ours, theirs *backupBucket) {
	t.Helper()
	store := cellStore(t, "backup")
	return newBackupBucket(store, cellSecret, "ours"), newBackupBucket(store, cellSecret, "ours-too")
}

func TestARepositoryIsKeptInAPartOfABucket(t *testing.T) {
	t.Parallel()
	ours, theirs := newBackups(t)
	if err := theirs.Put(t.Context(), "backups/other", []byte("of somebody else")); err != nil {
		t.Fatal(err)
	}
	r, err := repository.Open(ours, [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("row after row\n"), 100_000)
	b, err := r.Begin(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.Add(t.Context(), "database", repository.Fine, bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Finish(t.Context(), time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	if ids, err := r.Backups(t.Context()); err != nil || fmt.Sprint(ids) != "[first]" {
		t.Errorf("backups are %v: %v", ids, err)
	}
	reader, err := r.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reader.Open(t.Context(), e)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read are %d bytes: %v", len(got), err)
	}
	if err := r.Forget(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for object, err := range ours.List(t.Context(), "") {
		t.Errorf("left is %s: %v", object.Name, err)
	}
	if _, err := theirs.Get(t.Context(), "backups/other", 100); err != nil {
		t.Errorf("the neighbour's: %v", err)
	}
}

func TestTheBackupBucketHoldsToItsTerms(t *testing.T) {
	t.Parallel()
	b, _ := newBackups(t)
	for i := range 1001 { // more than a page
		if err := b.Put(t.Context(), fmt.Sprintf("packs/%04d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for object, err := range b.List(t.Context(), "packs/") {
		if want := fmt.Sprintf("packs/%04d", n); err != nil || object.Name != want {
			t.Fatalf("%s instead of %s: %v", object.Name, want, err)
		}
		n++
	}
	if n != 1001 {
		t.Errorf("listed are %d", n)
	}
	if _, err := b.Get(t.Context(), "packs/none", 1); !errors.Is(err, repository.ErrNotFound) {
		t.Errorf("one that isn't there: %v", err)
	}
	if err := b.Put(t.Context(), "large", []byte("larger")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "large", 5); err == nil {
		t.Error("one that is too large was read")
	}
	for range 2 {
		if err := b.Delete(t.Context(), "large"); err != nil {
			t.Error(err)
		}
	}
}
