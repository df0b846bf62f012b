package pictures

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
)

// Of the Exif block in a JPEG file (Exif 2.3, tag 0x0112 in the first directory of a TIFF header).
const (
	markerExif     = 0xE1
	tagOrientation = 0x0112
	shortInteger   = 3
)

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
