package accesslog

import (
	"bytes"
	"fmt"
	"time"
)

// Accepted is a segment that was looked through, with the lines that somebody still owns.
type Accepted struct {
	Header
	Name string // of its object
	data []byte // nil: nobody owns any
}

// How far from the present a line may be.
const (
	MostLate  = 40 * 24 * time.Hour // an edge that was cut off tells what it kept
	MostHasty = time.Hour           // its clock goes wrong
)

// Accept looks through a segment as an edge hands it over, and leaves out owners that are not there. It is an error where it holds what no edge
// writes. The same segment has the same name each time.
func Accept(data []byte, now time.Time, there func(owners []string) (map[string]bool, error)) (a Accepted, err error) {
	if len(data) > MaxSegment {
		return a, fmt.Errorf("a segment of %d bytes: allowed are %d", len(data), MaxSegment)
	}
	h, at, err := ParseHeader(data)
	if err != nil {
		return a, err
	}
	if h.From.Before(now.Add(-MostLate)) || h.Until.After(now.Add(MostHasty)) {
		return a, fmt.Errorf("a segment from %s until %s: allowed is what ended in the last %d days, by a clock that is at most an hour ahead",
			h.From.Format(time.RFC3339), h.Until.Format(time.RFC3339), int(MostLate.Hours()/24))
	}
	a = Accepted{Header: h, Name: segmentName(h)}
	owners := make([]string, len(h.Blocks))
	for i, b := range h.Blocks {
		owners[i] = b.Owner
	}
	known, err := there(owners)
	if err != nil {
		return a, err
	}
	owned := map[string][]byte{}
	for _, b := range h.Blocks {
		if len(data)-at < b.Size {
			return a, fmt.Errorf("a segment ends within the block of %.60q", b.Owner)
		}
		lines, err := b.unpack(data[at : at+b.Size])
		if err != nil {
			return a, err
		}
		if at += b.Size; !known[b.Owner] {
			continue
		}
		if owned[b.Owner], err = h.rewrite(b, lines); err != nil {
			return a, err
		}
	}
	if at != len(data) {
		return a, fmt.Errorf("a segment has %d bytes that belong to no block", len(data)-at)
	}
	if len(owned) > 0 {
		a.data = a.pack(owned)
	}
	if a.Raw() > MaxRaw || len(a.data) > MaxSegment {
		return a, fmt.Errorf("a segment of %d bytes of lines, with the edge in each: allowed are %d, and %d when they are compressed", a.Raw(), MaxRaw, MaxSegment)
	}
	return a, nil
}

// rewrite has each line say by which edge it came, whatever it said itself.
func (h Header) rewrite(b Block, lines []byte) (kept []byte, err error) {
	n := 0
	for text := range bytes.Lines(lines) {
		n++
		l, err := ParseLine(bytes.TrimSuffix(text, []byte("\n")))
		if err != nil {
			return nil, fmt.Errorf("line %d of %.60q: %w", n, b.Owner, err)
		}
		if l.At.Before(h.From) || l.At.After(h.Until) {
			return nil, fmt.Errorf("line %d of %.60q: its time %s is not within those of the segment", n, b.Owner, l.At.Format(time.RFC3339Nano))
		}
		l.Edge = h.Edge
		written, err := l.write()
		if err != nil {
			return nil, fmt.Errorf("line %d of %.60q: %w", n, b.Owner, err)
		}
		if len(written) > maxLine {
			return nil, fmt.Errorf("line %d of %.60q has %d bytes when it is written down: allowed are %d", n, b.Owner, len(written), maxLine)
		}
		kept = append(append(kept, written...), '\n')
	}
	return kept, nil
}
