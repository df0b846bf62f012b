package pictures

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"testing"
)

func checksum(chunk []byte) uint32 { return crc32.ChecksumIEEE(chunk) }

// FuzzOrientation: whatever a file says, it is one of eight ways to hold a camera.
func FuzzOrientation(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xFF, 0xD8, 0xFF, markerExif, 0, 1})
	f.Add(held(f, halves(4, 2), 6, binary.BigEndian))
	f.Add(held(f, halves(4, 2), 8, binary.LittleEndian))
	f.Fuzz(func(t *testing.T, file []byte) {
		if n := orientation(file); n < 1 || n > 8 {
			t.Errorf("orientation %d", n)
		}
		if kept := coefficients(file); kept < 0 || kept > 255*225 {
			t.Errorf("%g coefficients", kept)
		}
	})
}

// FuzzDrawn: what is no image is refused, and of all else there is a square of the size that was asked for.
func FuzzDrawn(f *testing.F) {
	f.Add([]byte("hello"))
	f.Add(encoded(f, halves(9, 5)))
	f.Add(sized(encoded(f, halves(9, 5)), 1_000_000, 1_000_000))
	f.Add(deep(f, 2, 2))
	f.Add(held(f, halves(4, 2), 6, binary.BigEndian))
	f.Add([]byte("GIF89a\x02\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x02\x00\x01\x00\x00\x02\x02\x0c\n\x00;"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && cfg.Width*cfg.Height > 100_000 && Readable("image", file) == nil {
			return // it takes long
		}
		out, err := Square(t.Context(), "image", file, 16)
		if err != nil {
			return
		}
		if cfg, err := png.DecodeConfig(bytes.NewReader(out)); err != nil || cfg.Width != 16 || cfg.Height != 16 {
			t.Errorf("%dx%d (%v)", cfg.Width, cfg.Height, err)
		}
	})
}
