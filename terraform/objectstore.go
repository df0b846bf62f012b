package terraform

import (
	"context"
	"slices"

	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

// StoreBuckets carries out Buckets in the embedded object store. Each bucket has an encryption key of its own, named
// like the bucket.
type StoreBuckets struct {
	Admin *admin.Client
	Owner string // access key of the one credential that opens the buckets; whoever makes it keeps its secret
}

// EnsureBucket fails if the bucket exists and belongs to another.
func (b StoreBuckets) EnsureBucket(ctx context.Context, name string) error {
	return b.Admin.PutBucket(ctx, name, b.Owner, name)
}

// BucketExists asks the store for all of its buckets.
func (b StoreBuckets) BucketExists(ctx context.Context, name string) (bool, error) {
	all, err := b.Admin.Buckets(ctx)
	return slices.ContainsFunc(all, func(found admin.Bucket) bool { return found.Name == name }), err
}

// DropBucket keeps the bucket's key: destroying keys is nobody's side effect.
func (b StoreBuckets) DropBucket(ctx context.Context, name string) error {
	return b.Admin.DeleteEmptyBucket(ctx, name)
}
