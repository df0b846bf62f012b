package files

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	uploadLife = 24 * time.Hour // for a post to be made with it
	goneLife   = 24 * time.Hour // of a deleted post's files, which nobody can read
	batch      = 100
)

// Tidy removes the uploads that belong to no post after a day, with them what a failed or interrupted upload left, and the files of posts
// that were deleted a day ago. Nothing asks the object store unless there is something to remove. What fails is taken up by the next Tidy.
func (v *Vault) Tidy(ctx context.Context) error {
	if v.bucket == nil {
		return nil
	}
	now := v.Now()
	if err := v.DB.GiveUpUploads(ctx, dbsql.GiveUpUploadsParams{Now: now.UnixMilli(), Before: now.Add(-uploadLife).UnixMilli()}); err != nil {
		return err
	}
	for {
		gone, err := v.DB.GoneFiles(ctx, dbsql.GoneFilesParams{Before: now.Add(-goneLife).UnixMilli(), MaxRows: batch})
		if err != nil {
			return err
		}
		for _, file := range gone {
			if err := v.destroy(ctx, file); err != nil {
				return err
			}
		}
		if len(gone) < batch {
			return nil
		}
	}
}

// destroy takes away a file's objects, and its row last, so that none is left that nobody knows of.
func (v *Vault) destroy(ctx context.Context, file id.ID) error {
	for _, shelf := range []Shelf{thumbnails, previews, uploads} {
		if err := v.bucket.remove(ctx, shelf.key(file)); err != nil {
			return err
		}
	}
	return v.DB.DeleteFile(ctx, file)
}
