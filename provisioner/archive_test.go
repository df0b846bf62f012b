package provisioner

import (
	"crypto/ed25519"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/terraform"
)

// TestNoArchivedCheckpointIsOverwritten: who cuts a trail off, and its last checkpoints with it, has the next one get their number.
func TestNoArchivedCheckpointIsOverwritten(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	secret := "a-secret-of-forty-characters-for-a-test0"
	for _, err := range []error{store.Admin.PutCredential(t.Context(), CellOwner, secret), store.Admin.PutBucket(t.Context(), "archive", CellOwner, "archive")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	archive := NewArchive(terraform.ObjectStore{Endpoint: store.Endpoint, Region: "local", PathStyle: true, ArchiveBucket: "archive"}, CellOwner, secret)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	var sums [][32]byte
	for i := range 3 {
		signed, err := audit.Checkpoint{Number: 2, Heads: []audit.Head{{Count: int64(i)}}}.Sign(key)
		for range 2 { // after a crash the same is archived again
			if err == nil {
				err = archive.Keep(t.Context(), 2, signed)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, signed.Sum())
	}
	kept, err := archive.Kept(t.Context())
	if err != nil || len(kept) != len(sums) {
		t.Fatalf("%d checkpoints are kept: %v", len(kept), err)
	}
	for _, sum := range sums {
		if !slices.ContainsFunc(kept, func(s audit.Signed) bool { return s.Sum() == sum }) {
			t.Error("one is gone")
		}
	}
}
