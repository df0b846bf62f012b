package feed

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxLine bounds a line; a snapshot of 100,000 routes takes about 30 MiB.
const maxLine = 512 << 20

// Reader reads messages off a stream.
type Reader struct {
	buf  *bufio.Reader
	line []byte
}

// NewReader returns a Reader on r.
func NewReader(r io.Reader) *Reader {
	return &Reader{buf: bufio.NewReaderSize(r, 64<<10)}
}

// Next blocks until a whole line is there. A line that is cut off by the end of the stream is io.ErrUnexpectedEOF; the
// end between two lines is io.EOF.
func (r *Reader) Next() (Message, error) {
	line, err := r.readLine()
	if err != nil {
		return Message{}, err
	}
	return Parse(line)
}

// More reports whether the next line has begun to arrive, so that a reader can do its slow work once per burst.
func (r *Reader) More() bool { return r.buf.Buffered() > 0 }

func (r *Reader) readLine() ([]byte, error) {
	r.line = r.line[:0]
	for {
		part, err := r.buf.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case len(r.line) > maxLine:
			return nil, fmt.Errorf("line of the route stream is longer than %d bytes", maxLine)
		case err == nil:
			return r.line[:len(r.line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(r.line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// Parse reads one line, without its line end, and checks that it holds what its type promises.
func Parse(line []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(line, &m); err != nil {
		return Message{}, fmt.Errorf("read a line of the route stream: %w", err)
	}
	switch m.Type {
	case KindSnapshot, KindHeartbeat:
	case KindChange:
		if m.Route == nil {
			return Message{}, errors.New("a change in the route stream has no route")
		}
	default:
		return Message{}, fmt.Errorf("type %.40q in the route stream; allowed are snapshot, change and heartbeat", m.Type)
	}
	return m, nil
}

// Write sends one message as a line and flushes it, so that an edge learns it at once.
func Write(w http.ResponseWriter, m Message) error {
	if err := json.NewEncoder(w).Encode(m); err != nil {
		return fmt.Errorf("write to the route stream: %w", err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return fmt.Errorf("flush the route stream: %w", err)
	}
	return nil
}
