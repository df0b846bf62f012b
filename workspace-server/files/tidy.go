package files

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	uploadLife = 24 * time.Hour // for a post to be made with it, or more of it to come
	goneLife   = 24 * time.Hour // of a deleted post's files, which nobody can read
	batch      = 100
)

// Tidy removes the uploads that belong to no post and no draft after a day, or of which nothing came for one, with them what a failed or interrupted
// upload left, and the files of posts that were deleted a day ago. Nothing asks the object store unless there is something to remove.
// What fails is taken up by the next Tidy.
func (v *Vault) Tidy(ctx context.Context) error {
	if v.bucket == nil {
		return nil
	}
	now, before := v.Now.Millis(), v.Now().Add(-uploadLife).UnixMilli()
	if err := v.DB.ForgetUploads(ctx, dbsql.ForgetUploadsParams{Now: now, Before: before}); err != nil {
		return err
	}
	if err := each(ctx, func() ([]id.ID, error) { return v.DB.GonePieces(ctx, batch) }, v.drop); err != nil {
		return err
	}
	if err := v.DB.DeleteUploads(ctx); err != nil {
		return err
	}
	if err := v.DB.GiveUpUploads(ctx, dbsql.GiveUpUploadsParams{Now: now, Before: before}); err != nil {
		return err
	}
	return each(ctx, func() ([]id.ID, error) {
		return v.DB.GoneFiles(ctx, dbsql.GoneFilesParams{Before: v.Now().Add(-goneLife).UnixMilli(), MaxRows: batch})
	}, v.destroy)
}

// each removes what is found, until nothing is.
func each(ctx context.Context, find func() ([]id.ID, error), remove func(context.Context, id.ID) error) error {
	for {
		gone, err := find()
		if err != nil {
			return err
		}
		for _, one := range gone {
			if err := remove(ctx, one); err != nil {
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

// drop does so with a piece of an upload.
func (v *Vault) drop(ctx context.Context, piece id.ID) error {
	if err := v.bucket.remove(ctx, pieces.key(piece)); err != nil {
		return err
	}
	return v.DB.DeletePiece(ctx, piece)
}
