package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/netip"
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
	text := line[len(timePrefix):min(len(line), len(timePrefix)+40)]
	end := bytes.IndexByte(text, '"')
	if end < 0 {
		return at, false
	}
	if at, ok = plainTime(text[:end]); !ok {
		var err error
		at, err = time.Parse(time.RFC3339Nano, string(text[:end]))
		at, ok = at.UTC(), err == nil
	}
	return at, ok && !at.Before(earliest) && at.Before(latest)
}

// plainTime reads 2026-11-30T12:00:00.000000001Z, as nearly all lines have it: most of what is read is passed over, so that it counts.
func plainTime(text []byte) (at time.Time, ok bool) {
	if len(text) < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[len(text)-1] != 'Z' {
		return at, false
	}
	number := func(from, to int) (n int) {
		for _, c := range text[from:to] {
			if c < '0' || c > '9' {
				ok = false
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	ok = true
	year, month, day, hour, minute, second := number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19)
	nanos := 0
	if fraction := len(text) - 1; fraction > 19 {
		if text[19] != '.' || fraction == 20 || fraction > 29 {
			return at, false
		}
		nanos = number(20, fraction)
		for range 29 - fraction {
			nanos *= 10
		}
	}
	if !ok || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 { // the last days of a month are looked at closer
		return at, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC), true
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
	for _, field := range [][2]string{{"path", l.Path}, {"request", l.Request}, {"method", l.Method}, {"host", l.Host}, {"edge", l.Edge}, {"protocol", l.Protocol}, {"refused", l.Refused}} {
		if len(field[1]) > maxText {
			return Line{}, fmt.Errorf("%s of %d bytes: allowed are %d", field[0], len(field[1]), maxText)
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

// write returns the line as it is kept: the same request gives the same bytes. It is hardly longer than the edge wrote it: what HTML minds is
// left as it is.
func (l Line) write() ([]byte, error) {
	l.At = l.At.UTC()
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	if err := to.Encode(l); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Key is the place of a line among those of its owner.
type Key struct {
	At  time.Time
	Sum uint64 // of its bytes, so that those of one moment have an order
}

func keyOf(at time.Time, line []byte) Key {
	return Key{At: at, Sum: uint64(crc32.Checksum(line, castagnoli))<<32 | uint64(len(line))}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
