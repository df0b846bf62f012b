package pictures

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
)

var (
	red  = color.NRGBA{R: 255, A: 255}
	blue = color.NRGBA{B: 255, A: 255}
)

// halves is red at its left and blue at its right.
func halves(w, h int) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := red
			if x >= w/2 {
				c = blue
			}
			out.Set(x, y, c)
		}
	}
	return out
}

func encoded(t testing.TB, in image.Image) []byte {
	t.Helper()
	out, err := asPNG(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// held is the JPEG of an image with the orientation that a camera wrote into it.
func held(t testing.TB, in image.Image, orientation uint16, order binary.AppendByteOrder) []byte {
	t.Helper()
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, in, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, tag := range []uint16{0x0100, tagOrientation} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, tag), shortInteger)
		tiff = order.AppendUint16(order.AppendUint16(order.AppendUint32(tiff, 1), orientation), 0)
	}
	exif := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xFF, 0xD8, 0xFF, markerExif}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return append(append(out, exif...), plain.Bytes()[2:]...)
}

// at says which colour is at a place, the corners being 0 and 1.
func at(in image.Image, x, y float64) string {
	b := in.Bounds()
	r, g, bl, a := in.At(b.Min.X+int(x*float64(b.Dx()-1)), b.Min.Y+int(y*float64(b.Dy()-1))).RGBA()
	switch {
	case a < 0x8000:
		return "nothing"
	case r > 0xC000 && g > 0xC000 && bl > 0xC000:
		return "white"
	case r > bl:
		return "red"
	}
	return "blue"
}

func TestSquareIsTheMiddle(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{1000, 100}, {100, 1000}, {7, 5}, {1, 1}} {
		out, err := Square(t.Context(), "image", encoded(t, halves(size.X, size.Y)), 128)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(out))
		if err != nil || got.Bounds() != image.Rect(0, 0, 128, 128) {
			t.Fatalf("%v: %v (%v)", size, got, err)
		}
		if size.X > 1 && (at(got, 0.1, 0.5) != "red" || at(got, 0.9, 0.5) != "blue") {
			t.Errorf("of %v it is %s and %s", size, at(got, 0.1, 0.5), at(got, 0.9, 0.5))
		}
	}
}

func TestWithinFitsAndEnlargesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, into, want image.Point }{
		{image.Pt(400, 200), image.Pt(100, 100), image.Pt(100, 50)}, {image.Pt(200, 400), image.Pt(100, 100), image.Pt(50, 100)},
		{image.Pt(30, 20), image.Pt(100, 100), image.Pt(30, 20)}, {image.Pt(1000, 1), image.Pt(100, 100), image.Pt(100, 1)},
	} {
		out, err := Within(t.Context(), "image", encoded(t, halves(c.in.X, c.in.Y)), c.into.X, c.into.Y)
		if err != nil {
			t.Fatal(err)
		}
		if cfg, err := png.DecodeConfig(bytes.NewReader(out)); err != nil || image.Pt(cfg.Width, cfg.Height) != c.want {
			t.Errorf("%v within %v is %dx%d (%v), want %v", c.in, c.into, cfg.Width, cfg.Height, err, c.want)
		}
	}
}

func TestPreviewIsOnWhite(t *testing.T) {
	t.Parallel()
	clear := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	out, err := Preview(t.Context(), encoded(t, clear), 100, 100)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := jpeg.Decode(bytes.NewReader(out)); err != nil || at(got, 0.5, 0.5) != "white" {
		t.Errorf("what can be seen through is %s (%v)", at(got, 0.5, 0.5), err)
	}
}

func TestPhotographsAreUpright(t *testing.T) {
	t.Parallel()
	for orientation, c := range map[uint16]struct{ left, top string }{1: {"red", ""}, 2: {"blue", ""}, 3: {"blue", ""}, 4: {"red", ""},
		5: {"", "red"}, 6: {"", "red"}, 7: {"", "blue"}, 8: {"", "blue"}} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			out, err := Preview(t.Context(), held(t, halves(80, 40), orientation, order), 100, 100)
			if err != nil {
				t.Fatal(err)
			}
			got, err := jpeg.Decode(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			want, where := image.Rect(0, 0, 80, 40), at(got, 0.1, 0.5)
			if c.left == "" {
				want, where = image.Rect(0, 0, 40, 80), at(got, 0.5, 0.1)
			}
			if got.Bounds() != want || where != c.left+c.top {
				t.Errorf("held %d (%v) it is %v and begins with %s", orientation, order, got.Bounds(), where)
			}
		}
	}
}

func TestWhatIsNoImageIsRefused(t *testing.T) {
	t.Parallel()
	whole := encoded(t, halves(100, 100))
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{"text": {[]byte("hello"), "PNG, JPEG, GIF or WebP"}, "nothing": {nil, "PNG, JPEG, GIF or WebP"}, "cut off": {whole[:len(whole)/2], "whole"},
		"too large": {sized(whole, 1_000_000, 1_000_000), "24,000,000 pixels"}, "too long": {sized(whole, 24_000_000, 1), "16,384 at a side"},
		"too high": {sized(whole, 1, 24_000_000), "16,384 at a side"}, "too deep": {deep(t, 4500, 5000), "128 MiB"}} {
		_, err := Square(t.Context(), "image", c.content, 128)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

// sized says of a PNG that it has another size.
func sized(png []byte, w, h uint32) []byte {
	out := bytes.Clone(png)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], checksum(out[12:29]))
	return out
}

// deep is a PNG with 16 bits a colour, of which the beginning says that it is larger.
func deep(t testing.TB, w, h uint32) []byte {
	t.Helper()
	return sized(encoded(t, image.NewNRGBA64(image.Rect(0, 0, 2, 2))), w, h)
}

// What is long and thin is scaled in one direction alone, which takes no more memory than its pixels.
func TestThinImagesAreScaled(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{16_384, 1}, {1, 16_384}, {16_384, 1000}} {
		if _, err := Within(t.Context(), "image", encoded(t, halves(size.X, size.Y)), 128, 128); err != nil {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func TestWhatAPhotographKeepsIsKnown(t *testing.T) {
	t.Parallel()
	lines := held(t, halves(8, 8), 1, binary.BigEndian)
	inPasses := bytes.Replace(lines, []byte{0xFF, 0xC0, 0x00, 0x11}, []byte{0xFF, progressiveDCT, 0x00, 0x11}, 1)
	hidden := slices.Concat([]byte{0xFF, 0xD8, 0xFF, 0xD0}, inPasses[2:])
	for name, c := range map[string]struct {
		file []byte
		want float64
	}{"line by line": {lines, 0}, "in passes, its colours halved both ways": {inPasses, 1.5}, "behind a mark without a length": {hidden, 4}, "nothing": {nil, 4}} {
		if got := coefficients(c.file); got != c.want {
			t.Errorf("%s: %g, want %g", name, got, c.want)
		}
	}
}

// What is drawn smaller has a part of all that was there: a fine pattern becomes grey, and no pattern of its own.
func TestFinePatternsBecomeGrey(t *testing.T) {
	t.Parallel()
	fine := image.NewGray(image.Rect(0, 0, 1000, 1000))
	for i := range fine.Pix {
		fine.Pix[i] = byte(255 * ((i%1000 + i/1000) % 2))
	}
	out, err := Within(t.Context(), "image", encoded(t, fine), 100, 100)
	if err != nil {
		t.Fatal(err)
	}
	small, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for x := range 100 {
		if r, _, _, _ := small.At(x, x).RGBA(); r>>8 < 100 || r>>8 > 155 {
			t.Fatalf("at %d it is %d", x, r>>8)
		}
	}
}
