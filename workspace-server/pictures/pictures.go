// Package pictures draws images anew: it reads them within limits, turns them upright, cuts and scales them. It keeps none.
package pictures

import (
	"bytes"
	"context"
	"image"
	"image/color"
	_ "image/gif" // decoded: its first frame
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // decoded

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

const (
	// maxPixels are read of an image: those of a telephone's camera.
	maxPixels = 24_000_000
	// maxSide is the longest side: what scales needs memory for each pixel of one.
	maxSide = 16_384
	// maxMemory is what an image may take while it is read, in bytes.
	maxMemory = 128 << 20
)

// Kinds are the content types that can be read.
var Kinds = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// Drawable reports whether an image of that content type and size, in pixels, can be drawn anew.
func Drawable(kind string, width, height int) bool {
	return Kinds[kind] && width > 0 && height > 0 && max(width, height) <= maxSide && width <= maxPixels/height
}

// turn lets one image be drawn at a time, with all that it takes.
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
		return nil, fault.BadBody(field, "an image of at most 24,000,000 pixels, and 16,384 at a side")
	}
	if cfg.Width*cfg.Height*perPixel(kind, cfg.ColorModel, content) > maxMemory {
		return nil, fault.BadBody(field, "an image that takes at most 128 MiB to read: save it with fewer pixels, or not as a progressive JPEG or with 16 bits a colour")
	}
	in, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fault.BadBody(field, "an image that is whole")
	}
	if kind == "jpeg" {
		if held := orientation(content); held != 1 {
			in = upright(rough(in), held)
		}
	}
	return draw(in)
}

// perPixel is how many bytes a pixel takes at the most while an image is read.
func perPixel(kind string, model color.Model, content []byte) int {
	switch {
	case kind == "jpeg" && progressive(content): // its coefficients are all kept, 4 bytes each
		return 4*channels(model) + channels(model)
	case model == color.NRGBA64Model || model == color.RGBA64Model:
		return 8 + 4 // and its passes, where it is interlaced
	case kind == "jpeg":
		return channels(model)
	}
	return 4 + 2
}

func channels(model color.Model) int {
	switch model {
	case color.GrayModel:
		return 1
	case color.CMYKModel:
		return 4
	}
	return 3
}

// rough is an image of at most four million pixels, so that turning it takes no more memory than reading it did.
func rough(in image.Image) image.Image {
	size := in.Bounds().Size()
	into := size
	for into.X*into.Y > 4_000_000 {
		into = into.Div(2)
	}
	if into == size {
		return in
	}
	return quick(in, in.Bounds(), into)
}

func quick(in image.Image, part image.Rectangle, size image.Point) image.Image {
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.ApproxBiLinear.Scale(out, out.Bounds(), in, part, draw.Src, nil)
	return out
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

// scaled draws a part of an image at another size. Where it is much larger it is first brought to twice the size in a way that takes no
// memory for it, and from there with care.
func scaled(in image.Image, part image.Rectangle, size image.Point) image.Image {
	near := image.Pt(min(part.Dx(), 2*size.X), min(part.Dy(), 2*size.Y))
	if near != part.Size() {
		in = quick(in, part, near)
		part = in.Bounds()
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
