// Package pictures draws images anew: it reads them within limits, turns them upright, cuts and scales them. It keeps none.
package pictures

import (
	"bytes"
	"context"
	"image"
	_ "image/gif" // decoded: its first frame
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // decoded

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// maxPixels are read of an image: those of a telephone's camera. In memory each takes up to 4 bytes.
const maxPixels = 24_000_000

// Kinds are the content types that can be read.
var Kinds = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// Drawable reports whether an image of that content type and size, in pixels, can be drawn anew.
func Drawable(kind string, width, height int) bool {
	return Kinds[kind] && width > 0 && height > 0 && width <= maxPixels/height
}

// turn lets one image be drawn at a time: it takes a hundred MiB at the most.
var turn = make(chan struct{}, 1)

// Square is the middle of an image, as a PNG of so many pixels each way.
func Square(ctx context.Context, field string, content []byte, side int) ([]byte, error) {
	return drawn(ctx, field, content, func(in image.Image) ([]byte, error) {
		edge := min(in.Bounds().Dx(), in.Bounds().Dy())
		corner := in.Bounds().Min.Add(image.Pt((in.Bounds().Dx()-edge)/2, (in.Bounds().Dy()-edge)/2))
		return asPNG(scaled(in, image.Rectangle{corner, corner.Add(image.Pt(edge, edge))}, image.Pt(side, side)))
	})
}

// Within is an image scaled down so that it fits into so many pixels; a smaller one keeps its size. It is a PNG.
func Within(ctx context.Context, field string, content []byte, width, height int) ([]byte, error) {
	return drawn(ctx, field, content, func(in image.Image) ([]byte, error) {
		return asPNG(scaled(in, in.Bounds(), fit(in.Bounds().Size(), image.Pt(width, height))))
	})
}

// Preview is Within as a JPEG, on white where the image can be seen through.
func Preview(ctx context.Context, content []byte, width, height int) ([]byte, error) {
	return drawn(ctx, "file", content, func(in image.Image) ([]byte, error) {
		small := scaled(in, in.Bounds(), fit(in.Bounds().Size(), image.Pt(width, height)))
		paper := image.NewRGBA(small.Bounds())
		draw.Draw(paper, paper.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(paper, paper.Bounds(), small, image.Point{}, draw.Over)
		var out bytes.Buffer
		err := jpeg.Encode(&out, paper, &jpeg.Options{Quality: 85})
		return out.Bytes(), err
	})
}

func drawn(ctx context.Context, field string, content []byte, draw func(image.Image) ([]byte, error)) ([]byte, error) {
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || !Kinds["image/"+kind] {
		return nil, fault.BadBody(field, "an image: PNG, JPEG, GIF or WebP")
	}
	if !Drawable("image/"+kind, cfg.Width, cfg.Height) {
		return nil, fault.BadBody(field, "an image of at most 24,000,000 pixels")
	}
	in, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fault.BadBody(field, "an image that is whole")
	}
	if kind == "jpeg" {
		in = upright(in, orientation(content))
	}
	return draw(in)
}

func fit(size, into image.Point) image.Point {
	if size.X <= into.X && size.Y <= into.Y {
		return size
	}
	if size.X*into.Y > size.Y*into.X { // its width decides
		return image.Pt(into.X, max(size.Y*into.X/size.X, 1))
	}
	return image.Pt(max(size.X*into.Y/size.Y, 1), into.Y)
}

// scaled draws a part of an image at another size. What is much larger is first brought to twice the size in a way that takes no
// memory for it, and from there with care.
func scaled(in image.Image, part image.Rectangle, size image.Point) image.Image {
	if twice := size.Mul(2); part.Dx() > twice.X && part.Dy() > twice.Y {
		rough := image.NewRGBA(image.Rectangle{Max: twice})
		draw.ApproxBiLinear.Scale(rough, rough.Bounds(), in, part, draw.Src, nil)
		in, part = rough, rough.Bounds()
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	draw.CatmullRom.Scale(out, out.Bounds(), in, part, draw.Src, nil)
	return out
}

func asPNG(in image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := png.Encode(&out, in)
	return out.Bytes(), err
}

// Read takes an image of at most so many bytes.
func Read(field string, content io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(content, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, fault.New(413, "api.image.too_large.app_error", "The %s has at most %d bytes.", field, most)
	}
	return data, err
}
