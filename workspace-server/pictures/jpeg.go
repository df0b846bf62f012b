package pictures

import (
	"encoding/binary"
	"iter"
)

// Markers of a JPEG file (ITU-T T.81, table B.1).
const (
	markerStart    = 0xFF
	markerScan     = 0xDA
	progressiveDCT = 0xC2
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
