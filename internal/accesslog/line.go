package accesslog

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"
	"time"
)

// What one line may hold, in bytes.
const (
	maxLine = 8 << 10
	maxText = 2 << 10
)

// Line is one request, as it ended.
type Line struct {
	At        time.Time `json:"time"` // when it had ended, to the nanosecond, UTC
	Edge      string    `json:"edge,omitempty"`
	Request   string    `json:"request"`
	Client    string    `json:"client"` // an address; empty: nobody knows
	Method    string    `json:"method"`
	Host      string    `json:"host"`
	Path      string    `json:"path"`   // without a query
	Status    int       `json:"status"` // 0: none was sent
	Bytes     int64     `json:"bytes"`  // of the answer's body
	Seconds   float64   `json:"seconds"`
	Protocol  string    `json:"protocol,omitempty"`
	Refused   string    `json:"refused,omitempty"` // why the edge itself answered
	WebSocket bool      `json:"web_socket,omitempty"`
	Aborted   bool      `json:"aborted,omitempty"` // the connection ended before the answer did
}

// timePrefix is how every line begins, so that its time is found without reading the rest.
const timePrefix = `{"time":"`

// timeOf returns the time of a line.
func timeOf(line []byte) (at time.Time, ok bool) {
	if len(line) < len(timePrefix)+20 || string(line[:len(timePrefix)]) != timePrefix {
		return at, false
	}
	text, _, found := strings.Cut(string(line[len(timePrefix):min(len(line), len(timePrefix)+40)]), `"`)
	if !found {
		return at, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil && !at.Before(earliest) && at.Before(latest)
}

// Times beyond these can't be told in a name, nor in a key.
var (
	earliest = time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// ParseLine reads one line, and refuses what no edge writes.
func ParseLine(text []byte) (l Line, err error) {
	if len(text) > maxLine {
		return l, fmt.Errorf("a line of %d bytes: allowed are %d", len(text), maxLine)
	}
	if _, ok := timeOf(text); !ok {
		return l, fmt.Errorf("a line has to begin with its time, as in %s2026-11-30T12:00:00.000000001Z\"", timePrefix)
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return Line{}, errors.New("a line is no JSON object of a request")
	}
	for name, value := range map[string]string{"edge": l.Edge, "request": l.Request, "method": l.Method, "host": l.Host, "path": l.Path, "protocol": l.Protocol, "refused": l.Refused} {
		if len(value) > maxText {
			return Line{}, fmt.Errorf("%s of %d bytes: allowed are %d", name, len(value), maxText)
		}
	}
	if l.Client != "" {
		client, err := netip.ParseAddr(l.Client)
		if err != nil || client.Zone() != "" || client.Is4In6() {
			return Line{}, fmt.Errorf("client %.60q: allowed is an address that is neither mapped nor has a zone", l.Client)
		}
	}
	if l.Status < 0 || l.Status > 999 || l.Bytes < 0 || !(l.Seconds >= 0) {
		return Line{}, fmt.Errorf("status %d, %d bytes, %g seconds: allowed are a status from 0 to 999, and nothing below 0", l.Status, l.Bytes, l.Seconds)
	}
	l.At = l.At.UTC()
	return l, nil
}

// write returns the line as it is kept: the same request gives the same bytes.
func (l Line) write() ([]byte, error) {
	l.At = l.At.UTC()
	return json.Marshal(l)
}

// Key is the place of a line among those of its owner. Two lines that have one key are the same line, told twice.
type Key struct {
	At  time.Time
	Sum uint64 // of its bytes
}

func keyOf(at time.Time, line []byte) Key {
	sum := fnv.New64a()
	_, _ = sum.Write(line)
	return Key{At: at, Sum: sum.Sum64()}
}

// Compare is negative for a key of an earlier line.
func (k Key) Compare(other Key) int {
	if c := k.At.Compare(other.At); c != 0 {
		return c
	}
	switch {
	case k.Sum < other.Sum:
		return -1
	case k.Sum > other.Sum:
		return 1
	}
	return 0
}
