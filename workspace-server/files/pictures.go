package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/pictures"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Size is how large an image is drawn.
type Size struct {
	shelf         Shelf
	width, height int // at most
}

// The sizes, as clients of the protocol reserve room for them.
var (
	Thumbnail = Size{thumbnails, 120, 100}
	Preview   = Size{previews, 1920, 1920}
)

// Drawn is a file's image at a smaller size, a JPEG. It is drawn when somebody asks for it first, and kept.
func (v *Vault) Drawn(ctx context.Context, f dbsql.File, size Size) ([]byte, error) {
	if err := v.Ready(); err != nil {
		return nil, err
	}
	if !f.Drawable {
		return nil, fault.New(http.StatusBadRequest, "api.file.get_file_preview.no_preview.app_error", "The file is no image of which there is a smaller one.")
	}
	kept, _, err := v.bucket.get(ctx, size.shelf.key(f.ID))
	if !errors.Is(err, ErrLost) {
		return kept, err
	}
	select {
	case v.drawing <- struct{}{}:
		defer func() { <-v.drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if kept, _, err = v.bucket.get(ctx, size.shelf.key(f.ID)); !errors.Is(err, ErrLost) { // it was drawn while we waited
		return kept, err
	}
	content, err := v.whole(ctx, f)
	if err != nil {
		return nil, err
	}
	drawn, err := pictures.Preview(ctx, content, size.width, size.height)
	if err != nil {
		return nil, err
	}
	if err := v.bucket.put(ctx, size.shelf.key(f.ID), bytes.NewReader(drawn), int64(len(drawn)), "image/jpeg"); err != nil && !NoRoom(err) {
		return nil, err
	}
	return drawn, nil // where there is no room it is drawn again for the next who asks
}

func (v *Vault) whole(ctx context.Context, f dbsql.File) ([]byte, error) {
	from, err := v.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	return io.ReadAll(from)
}

// Put keeps an image of somebody or something, in place of the one before.
func (v *Vault) Put(ctx context.Context, shelf Shelf, of id.ID, image []byte, mime string) error {
	if err := v.Ready(); err != nil {
		return err
	}
	return v.bucket.put(ctx, shelf.key(of), bytes.NewReader(image), int64(len(image)), mime)
}

// Get is such an image and its content type, or ErrLost.
func (v *Vault) Get(ctx context.Context, shelf Shelf, of id.ID) (image []byte, mime string, err error) {
	if err := v.Ready(); err != nil {
		return nil, "", err
	}
	return v.bucket.get(ctx, shelf.key(of))
}

// Remove takes such an image away; once more changes nothing.
func (v *Vault) Remove(ctx context.Context, shelf Shelf, of id.ID) error {
	if err := v.Ready(); err != nil {
		return err
	}
	return v.bucket.remove(ctx, shelf.key(of))
}
