package provisioner

import (
	"context"
)

// createBuckets makes the two credentials and the bucket of each, both encrypted with the storage's key.
func createBuckets(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return err
	}
	if row.State != storageMaking {
		return r.midway(ctx)
	}
	keys, err := r.cell.unseal(row)
	if err != nil {
		return err
	}
	store := r.cell.Objects
	if err := store.PutCredential(ctx, row.FilesAccess, keys.Files); err != nil {
		return err
	}
	if err := store.PutBucket(ctx, row.FilesBucket, row.FilesAccess, row.KeyName); err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	if err := store.PutCredential(ctx, row.ExportsAccess, keys.Exports); err != nil {
		return err
	}
	return store.PutBucket(ctx, row.ExportsBucket, row.ExportsAccess, row.KeyName)
}

// dropBuckets removes the credentials first, so that nobody writes any more, then the key, so that nothing can be read
// any more, then the data.
func dropBuckets(ctx context.Context, r *Run) error {
	row, err := r.storage(ctx)
	if err != nil {
		return unlessGone(err)
	}
	store := r.cell.Objects
	for _, access := range []string{row.FilesAccess, row.ExportsAccess} {
		if err := store.DeleteCredential(ctx, access); err != nil {
			return err
		}
	}
	if err := store.DestroyKey(ctx, row.KeyName); err != nil {
		return err
	}
	if err := r.midway(ctx); err != nil {
		return err
	}
	for _, bucket := range []string{row.FilesBucket, row.ExportsBucket} {
		if err := store.DeleteBucket(ctx, bucket); err != nil {
			return err
		}
	}
	return nil
}
