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

// kinds are what can be read.
var kinds = map[string]bool{"png": true, "jpeg": true, "gif": true, "webp": true}

// Readable refuses what is no image, or takes more to read than there is for that. The beginning of the file, to where its pixels
// start, is enough.
func Readable(field string, head []byte) error {
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(head))
	switch {
	case err != nil || !kinds[kind] || cfg.Width < 1 || cfg.Height < 1:
		return fault.BadBody(field, "an image: PNG, JPEG, GIF or WebP")
	case max(cfg.Width, cfg.Height) > maxSide || cfg.Width > maxPixels/cfg.Height:
		return fault.BadBody(field, "an image of at most 24,000,000 pixels, and 16,384 at a side")
	case float64(cfg.Width*cfg.Height)*perPixel(kind, cfg.ColorModel, head) > maxMemory:
		return fault.BadBody(field, "an image that takes at most 128 MiB to read: save it with fewer pixels, or not as a progressive JPEG or with 16 bits a colour")
	}
	return nil
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
	if err := Readable(field, content); err != nil {
		return nil, err
	}
	in, kind, err := image.Decode(bytes.NewReader(content))
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

// perPixel is how many bytes a pixel takes at the most while an image is read, by the decoders of the standard library.
func perPixel(kind string, model color.Model, head []byte) float64 {
	if kind != "jpeg" {
		if model == color.NRGBA64Model || model == color.RGBA64Model {
			return 8 + 4 // and its passes, where it is interlaced
		}
		return 4 + 2
	}
	most := 3.0 // luminance and colours
	switch model {
	case color.GrayModel:
		most = 1
	case color.RGBAModel: // and again without the colours apart
		most = 3 + 4
	case color.CMYKModel:
		most = 4 + 4
	}
	// The coefficients of one that comes in passes are all kept, 4 bytes each.
	return most + 4*coefficients(head)
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

// scaled draws a part of an image at another size. It halves what is more than twice as large, so that each pixel has its part in the end,
// and no step needs more memory than its result.
func scaled(in image.Image, part image.Rectangle, size image.Point) image.Image {
	for part.Dx() > 2*size.X || part.Dy() > 2*size.Y {
		in = quick(in, part, image.Pt(max((part.Dx()+1)/2, min(part.Dx(), size.X)), max((part.Dy()+1)/2, min(part.Dy(), size.Y))))
		part = in.Bounds()
	}
	return quick(in, part, size)
}

func asPNG(in image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := png.Encode(&out, in)
	return out.Bytes(), err
}
