package realtime

import (
	"encoding/binary"
	"strconv"

	"github.com/gorilla/websocket"
)

// header appends the beginning of an unfragmented, unmasked frame whose payload has n bytes (RFC 6455, section 5.2).
func header(buf []byte, kind, n int) []byte {
	buf = append(buf, 0x80|byte(kind))
	switch {
	case n < 126:
		return append(buf, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(buf, 126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(buf, 127), uint64(n))
}

// closing is a whole close frame.
func closing(code int, why string) []byte {
	text := websocket.FormatCloseMessage(code, why)
	return append(header(nil, websocket.CloseMessage, len(text)), text...)
}

// frame is an encoded event up to its sequence number, shared by all connections that get it.
type frame []byte

// numbered appends the whole text message: the shared part, this connection's number and the closing brace.
func (f frame) numbered(buf []byte, seq int64) []byte {
	var digits [20]byte
	number := strconv.AppendInt(digits[:0], seq, 10)
	buf = header(buf, websocket.TextMessage, len(f)+len(number)+1)
	return append(append(append(buf, f...), number...), '}')
}
