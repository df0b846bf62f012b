package provisioner

import (
	"testing"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/terraform"
)

// cellSecret is that of CellOwner in a cellStore.
const cellSecret = "a-secret-of-forty-characters-for-a-test0"

// cellStore is a store of the test's own with these buckets, which belong to the cell.
func cellStore(t *testing.T, buckets ...string) terraform.ObjectStore {
	t.Helper()
	store := storetest.Start(t)
	if err := store.Admin.PutCredential(t.Context(), CellOwner, cellSecret); err != nil {
		t.Fatal(err)
	}
	for _, bucket := range buckets {
		if err := store.Admin.PutBucket(t.Context(), bucket, CellOwner, bucket+"-key"); err != nil {
			t.Fatal(err)
		}
	}
	return terraform.ObjectStore{Endpoint: store.Endpoint, Region: "local", PathStyle: true, ArchiveBucket: "archive", BackupBucket: "backup"}
}
