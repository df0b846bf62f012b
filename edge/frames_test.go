package edge

import (
	"bytes"
	"testing"

	"github.com/gorilla/websocket"
)

func frameOf(opcode byte, payload int) []byte {
	switch {
	case payload < 126:
		return append([]byte{0x80 | opcode, byte(payload)}, make([]byte, payload)...)
	case payload < 1<<16:
		return append([]byte{0x80 | opcode, 126, byte(payload >> 8), byte(payload)}, make([]byte, payload)...)
	default:
		return append([]byte{0x80 | opcode, 127, 0, 0, 0, 0, 0, byte(payload >> 16), byte(payload >> 8), byte(payload)}, make([]byte, payload)...)
	}
}

func TestBordersOfFramesAreFound(t *testing.T) {
	t.Parallel()
	var stream []byte
	borders := map[int]bool{0: true}
	for _, size := range []int{0, 1, 125, 126, 300, 65535, 65536} {
		stream = append(stream, frameOf(2, size)...)
		borders[len(stream)] = true
	}
	var f frames
	for i := range stream {
		if f.border() != borders[i] {
			t.Fatalf("byte %d: border is %v", i, f.border())
		}
		f.advance(stream[i:i+1], false)
	}
	if f = (frames{}); f.advance(stream, false) != len(stream) || !f.border() {
		t.Errorf("at once: %+v", f)
	}
}

func TestNothingFollowsAClose(t *testing.T) {
	t.Parallel()
	var f frames
	f.advance(closing(1000, "bye"), false)
	if f.border() {
		t.Error("a frame may follow")
	}
}

// FuzzFrames holds the tracker against itself: how a stream is cut up changes nothing, and up to a border is up to one.
func FuzzFrames(f *testing.F) {
	f.Add(frameOf(1, 200), uint8(3))
	f.Add(append(frameOf(9, 3), closing(serviceRestart, restartReason)...), uint8(1))
	f.Add([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}, uint8(7))
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8) {
		var whole, parts, stop frames
		if n := whole.advance(stream, false); n != len(stream) {
			t.Fatalf("took %d of %d", n, len(stream))
		}
		size := int(cut)%16 + 1
		for part := range bytesOf(stream, size) {
			parts.advance(part, false)
		}
		if whole.have != parts.have || whole.left != parts.left || whole.closed != parts.closed || whole.lost != parts.lost {
			t.Fatalf("at once %+v, in parts %+v", whole, parts)
		}
		begun := min(len(stream), 1)
		stop.advance(stream[:begun], false)
		if n := stop.advance(stream[begun:], true); begun+n < len(stream) && !stop.border() && !stop.closed {
			t.Fatalf("stopped at %d of %d, which is no border", begun+n, len(stream))
		}
	})
}

func bytesOf(p []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(p) > 0 {
			n := min(size, len(p))
			if !yield(p[:n]) {
				return
			}
			p = p[n:]
		}
	}
}

func TestTheCloseFrameIsWhatALibraryWrites(t *testing.T) {
	t.Parallel()
	want := append([]byte{0x88, byte(2 + len(restartReason))}, websocket.FormatCloseMessage(serviceRestart, restartReason)...)
	if got := closing(serviceRestart, restartReason); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
