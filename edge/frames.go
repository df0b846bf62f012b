package edge

import "encoding/binary"

// frames follows the borders of web-socket frames (RFC 6455 section 5.2) in a stream, without looking into them. The zero
// value stands at a border. Where no frame could be, it follows no further and says that there is no border any more.
type frames struct {
	head   [10]byte // of the frame that has begun; less than a masked frame's, whose mask counts as payload
	have   int
	left   uint64 // of its payload
	closed bool   // a close frame has passed: nothing may follow
	lost   bool
}

const (
	opcodeBits    = 0x0f
	maskBit       = 0x80
	maskLength    = 4
	longestFrame  = 1 << 62
	closeOpcode   = 8
	controlOpcode = 8 // and above
)

// border reports whether a frame may begin here.
func (f *frames) border() bool { return f.have == 0 && f.left == 0 && !f.closed && !f.lost }

// advance takes the next bytes of the stream and returns how many there are up to the first border at or after their
// beginning when toBorder is true, else all. It keeps what it has seen in mind up to there.
func (f *frames) advance(p []byte, toBorder bool) int {
	n := 0
	for n < len(p) && !f.lost {
		if toBorder && f.have == 0 && f.left == 0 {
			return n
		}
		n += f.step(p[n:])
	}
	if f.lost {
		return len(p)
	}
	return n
}

// step takes one byte of a head, or as much as there is of a payload.
func (f *frames) step(p []byte) int {
	if f.left > 0 {
		n := min(f.left, uint64(len(p)))
		f.left -= n
		return int(n)
	}
	f.head[f.have] = p[0]
	f.have++
	if f.have == f.headLength() {
		f.begin()
	}
	return 1
}

func (f *frames) headLength() int {
	switch {
	case f.have < 2:
		return 2
	case f.head[1]&^maskBit == 126:
		return 4
	case f.head[1]&^maskBit == 127:
		return 10
	default:
		return 2
	}
}

// begin reads a head that is complete.
func (f *frames) begin() {
	f.left = uint64(f.head[1] &^ maskBit)
	switch f.have {
	case 4:
		f.left = uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 10:
		f.left = binary.BigEndian.Uint64(f.head[2:])
	}
	opcode := f.head[0] & opcodeBits
	f.lost = f.left > longestFrame || opcode >= controlOpcode && f.have > 2
	f.closed = f.closed || opcode == closeOpcode
	if f.head[1]&maskBit != 0 {
		f.left += maskLength
	}
	f.have = 0
}

// closing is an unmasked close frame.
func closing(code uint16, reason string) []byte {
	frame := []byte{0x80 | closeOpcode, byte(2 + len(reason))}
	frame = binary.BigEndian.AppendUint16(frame, code)
	return append(frame, reason...)
}
