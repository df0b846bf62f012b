package previews

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif"  // measured
	_ "image/jpeg" // measured
	_ "image/png"  // measured
	"io"
	"mime"
	"strings"

	_ "golang.org/x/image/webp" // measured

	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	measured = 256 << 10 // of an image, at most: where it says how large it is
	mostSide = 1 << 16
)

var errKind = errors.New("it is neither a page nor an image")

// fetch asks what a link leads to and, of a page, how large its image is.
func (s *Shelf) fetch(ctx context.Context, link string) (found Preview, err error) {
	may := s.Config.Settings().LinkPreviews.May
	err = s.Outbound.Look(ctx, link, "text/html, image/*;q=0.9", may, func(p outbound.Page) error {
		found, err = read(p, link)
		return err
	})
	if err != nil || found.Kind != Page || len(found.Data.Images) == 0 {
		return found, err
	}
	cover := found.Data.Images[0].URL
	_ = s.Outbound.Look(ctx, cover, "image/*", may, func(p outbound.Page) error { // without it, the page is shown all the same
		if size := measure(p); size != nil {
			found.Images = wire.PostImages{cover: size}
		}
		return nil
	})
	return found, nil
}

// read is what is shown of a page or an image.
func read(p outbound.Page, link string) (Preview, error) {
	kind, params, err := mime.ParseMediaType(p.Kind)
	switch {
	case err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter):
		return Preview{}, errKind
	case strings.HasPrefix(kind, "image/"):
		found := Preview{Kind: Image, Images: wire.PostImages{}}
		if size := measure(p); size != nil {
			found.Images[link] = size
		}
		return found, nil
	case kind != "text/html" && kind != "application/xhtml+xml":
		return Preview{}, errKind
	}
	found := Preview{Kind: Page, Data: parsePage(p.Body, params["charset"], p.URL), Images: wire.PostImages{}}
	if found.Data.Title == "" && found.Data.Description == "" && len(found.Data.Images) == 0 {
		found = Preview{Kind: Link, Images: wire.PostImages{}}
	}
	return found, nil
}

// measure is how large an image is, nil where it can't be said.
func measure(p outbound.Page) *wire.PostImage {
	head, err := io.ReadAll(io.LimitReader(p.Body, measured))
	if err != nil {
		return nil
	}
	return parseSize(head)
}

func parseSize(head []byte) *wire.PostImage {
	size, format, err := image.DecodeConfig(bytes.NewReader(head))
	if err != nil || size.Width < 1 || size.Height < 1 || max(size.Width, size.Height) > mostSide {
		return nil
	}
	return &wire.PostImage{Width: size.Width, Height: size.Height, Format: format}
}
