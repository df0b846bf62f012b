package pictures

import (
	"bytes"
	"encoding/binary"
	"image"
	"iter"

	"golang.org/x/image/draw"
)

// Of a JPEG file and the Exif block in it (Exif 2.3, tag 0x0112 in the first directory of a TIFF header).
const (
	markerStart    = 0xFF
	markerExif     = 0xE1
	markerScan     = 0xDA
	progressiveDCT = 0xC2
	tagOrientation = 0x0112
	shortInteger   = 3
)

// segments are the parts of a JPEG file before its first scan, by their markers.
func segments(jpeg []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		rest := jpeg[min(2, len(jpeg)):]
		for len(rest) >= 4 && rest[0] == markerStart && rest[1] != markerScan {
			if rest[1] == markerStart { // a byte that fills up
				rest = rest[1:]
				continue
			}
			if rest[1] <= 0x01 || rest[1] >= 0xD0 && rest[1] <= 0xD9 { // one that has no length; no camera writes it here
				return
			}
			length := int(binary.BigEndian.Uint16(rest[2:]))
			if length < 2 || len(rest) < 2+length || !yield(rest[1], rest[4:2+length]) {
				return
			}
			rest = rest[2+length:]
		}
	}
}

// coefficients is how many of them are kept for a pixel: none of a JPEG that comes line by line, else one for each colour, fewer where colours
// are coarser than the light. What can't be read is taken for the worst.
func coefficients(jpeg []byte) float64 {
	const worst = 4
	for marker, body := range segments(jpeg) {
		switch marker {
		case 0xC0, 0xC1: // baseline and extended sequential
			return 0
		case progressiveDCT:
			if len(body) < 6 || len(body) < 6+3*int(body[5]) {
				return worst
			}
			kept, wide, high := 0, 1, 1
			for i := range int(body[5]) {
				h, v := int(body[7+3*i]>>4), int(body[7+3*i]&15)
				kept, wide, high = kept+h*v, max(wide, h), max(high, v)
			}
			return float64(kept) / float64(wide*high)
		}
	}
	return worst
}

// orientation is how a camera was held, 1 to 8 as Exif has it; 1, upright, where the file says nothing that can be read.
func orientation(jpeg []byte) int {
	for marker, body := range segments(jpeg) {
		if exif, found := bytes.CutPrefix(body, []byte("Exif\x00\x00")); found && marker == markerExif {
			return orientationOf(exif)
		}
	}
	return 1
}

func orientationOf(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(tiff, []byte("MM")) {
		order = binary.BigEndian
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at < 8 || at > int64(len(tiff)-2) {
		return 1
	}
	const entry = 12
	rows := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(rows) < entry {
			return 1
		}
		if order.Uint16(rows) == tagOrientation && order.Uint16(rows[2:]) == shortInteger {
			if n := int(order.Uint16(rows[8:])); n >= 1 && n <= 8 {
				return n
			}
			return 1
		}
		rows = rows[entry:]
	}
	return 1
}

// upright turns and mirrors an image so that it is seen as it was taken.
func upright(in image.Image, orientation int) image.Image {
	if orientation == 1 {
		return in
	}
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	size := image.Pt(w, h)
	if orientation >= 5 {
		size = image.Pt(h, w)
	}
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), in, in.Bounds().Min, draw.Src)
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range h {
		for x := range w {
			to := turned(orientation, x, y, w, h)
			copy(out.Pix[out.PixOffset(to.X, to.Y):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return out
}

// turned is where a pixel of the file is seen.
func turned(orientation, x, y, w, h int) image.Point {
	switch orientation {
	case 2:
		return image.Pt(w-1-x, y)
	case 3:
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(h-1-y, x)
	case 7:
		return image.Pt(h-1-y, w-1-x)
	}
	return image.Pt(y, w-1-x) // 8
}
