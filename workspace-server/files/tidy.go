package files

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	uploadLife = 24 * time.Hour // for a post to be made with it
	batch      = 100
)

// Tidy removes the uploads that belong to no post after a day, and with them what a failed or interrupted upload left.
// Nothing asks the object store unless there is something to remove. What fails is taken up by the next Tidy.
func (v *Vault) Tidy(ctx context.Context) error {
	if v.bucket == nil {
		return nil
	}
	for {
		now := v.Now()
		given, err := v.DB.GiveUpUploads(ctx, dbsql.GiveUpUploadsParams{Now: now.UnixMilli(), Before: now.Add(-uploadLife).UnixMilli(), MaxRows: batch})
		if err != nil {
			return err
		}
		for _, file := range given {
			for _, shelf := range []Shelf{thumbnails, previews, uploads} {
				if err := v.bucket.remove(ctx, shelf.key(file)); err != nil {
					return err
				}
			}
			if err := v.DB.DeleteUpload(ctx, file); err != nil {
				return err
			}
		}
		if len(given) < batch {
			return nil
		}
	}
}
