package accesslog

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

const (
	format = 1
	// MaxSegment is how many bytes a segment may have, as it is handed over.
	MaxSegment = 8 << 20
	// MaxRaw is how many bytes of lines may be in one.
	MaxRaw = 16 << 20
	// maxHeader bounds the first line of one, with 100 bytes for each owner.
	maxHeader = 2 << 20
	// headerFetch is what is read of a kept segment at first: mostly that is its header, and often all of it.
	headerFetch = 64 << 10
)

// Header says what is in a segment.
type Header struct {
	Format   int       `json:"format"`
	Edge     string    `json:"edge"`  // which has written it down
	Lease    string    `json:"lease"` // and which of its processes
	Sequence int64     `json:"sequence"`
	From     time.Time `json:"from"`  // of its first line
	Until    time.Time `json:"until"` // of its last
	Blocks   []Block   `json:"blocks"`
}

// Block is the lines of one owner. They follow the header in the order of owners, each block compressed by itself.
type Block struct {
	Owner string `json:"owner"`
	Lines int    `json:"lines"`
	Raw   int    `json:"raw"`  // bytes of lines
	Size  int    `json:"size"` // bytes in the segment
}

// Lines is how many there are in all.
func (h Header) Lines() (n int) {
	for _, b := range h.Blocks {
		n += b.Lines
	}
	return n
}

// Raw is how many bytes of lines there are in all.
func (h Header) Raw() (n int) {
	for _, b := range h.Blocks {
		n += b.Raw
	}
	return n
}

// Pack makes a segment of raw lines, each of which is an owner, a space, JSON, and a line feed. It returns how many it left out as they were
// not whole. Without a line there is no segment, and data is nil.
func Pack(edge, lease string, sequence int64, raw []byte) (data []byte, h Header, broken int) {
	owned := map[string][]byte{}
	h = Header{Format: format, Edge: edge, Lease: lease, Sequence: sequence}
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			broken++
			break
		}
		line := raw[:end+1]
		raw = raw[end+1:]
		space := bytes.IndexByte(line, ' ')
		at, ok := time.Time{}, false
		if space > 0 {
			at, ok = timeOf(line[space+1:])
		}
		if !ok || !bytes.HasSuffix(line, []byte("}\n")) {
			broken++
			continue
		}
		h.cover(at)
		owner := string(line[:space])
		owned[owner] = append(owned[owner], line[space+1:]...)
	}
	if len(owned) == 0 {
		return nil, h, broken
	}
	return h.pack(owned), h, broken
}

func (h *Header) cover(at time.Time) {
	if h.From.IsZero() || at.Before(h.From) {
		h.From = at
	}
	if at.After(h.Until) {
		h.Until = at
	}
}

// pack writes the header with blocks for these lines, and then the blocks.
func (h *Header) pack(owned map[string][]byte) []byte {
	var blocks bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&blocks, gzip.BestSpeed) // a level that there is
	h.Blocks = make([]Block, 0, len(owned))
	for _, owner := range slices.Sorted(maps.Keys(owned)) {
		before := blocks.Len()
		zip.Reset(&blocks)
		_, _ = zip.Write(owned[owner]) // into memory
		_ = zip.Close()
		h.Blocks = append(h.Blocks, Block{Owner: owner, Lines: bytes.Count(owned[owner], []byte("\n")), Raw: len(owned[owner]), Size: blocks.Len() - before})
	}
	head, _ := json.Marshal(h) // which has nothing that JSON has not
	return append(append(head, '\n'), blocks.Bytes()...)
}

// ParseHeader reads the header at the beginning of a segment, and says where the blocks begin.
func ParseHeader(data []byte) (h Header, blocks int, err error) {
	end := bytes.IndexByte(data[:min(len(data), maxHeader)], '\n')
	if end < 0 {
		return h, 0, errShortHeader
	}
	if err := json.Unmarshal(data[:end], &h); err != nil {
		return Header{}, 0, errors.New("a segment begins with a line of JSON that says what is in it")
	}
	if h.Format != format {
		return Header{}, 0, fmt.Errorf("a segment of format %d: allowed is %d", h.Format, format)
	}
	if h.From.Before(earliest) || !h.Until.Before(latest) || h.Until.Before(h.From) || h.Sequence < 0 {
		return Header{}, 0, fmt.Errorf("a segment from %s until %s with the number %d: its times have to be in order, and its number is not below 0", h.From, h.Until, h.Sequence)
	}
	before := ""
	for _, b := range h.Blocks {
		if b.Owner <= before || b.Lines < 1 || b.Raw < b.Lines || b.Raw > MaxRaw || b.Size < 1 || b.Size > MaxSegment {
			return Header{}, 0, fmt.Errorf("a block of %.60q with %d lines, %d bytes in %d: owners are in order, and each has lines", b.Owner, b.Lines, b.Raw, b.Size)
		}
		before = b.Owner
	}
	if h.Raw() > MaxRaw {
		return Header{}, 0, fmt.Errorf("a segment of %d bytes of lines: allowed are %d", h.Raw(), MaxRaw)
	}
	h.From, h.Until = h.From.UTC(), h.Until.UTC()
	return h, end + 1, nil
}

// errShortHeader: there is more of the header than was read.
var errShortHeader = fmt.Errorf("a segment has no header of at most %d bytes", maxHeader)

// unpack returns the lines of a block.
func (b Block) unpack(data []byte) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the block of %.60q is not compressed by gzip", b.Owner)
	}
	lines, err := io.ReadAll(io.LimitReader(zip, int64(b.Raw)+1))
	if err != nil || len(lines) != b.Raw || bytes.Count(lines, []byte("\n")) != b.Lines || lines[len(lines)-1] != '\n' {
		return nil, fmt.Errorf("the block of %.60q does not hold %d lines of %d bytes", b.Owner, b.Lines, b.Raw)
	}
	return lines, nil
}
