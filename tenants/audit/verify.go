package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// Verified is what an export says whose end signs all of it.
type Verified struct {
	Head        // of the chain
	Key         ed25519.PublicKey
	Checkpoints int
	Last        time.Time // of the last checkpoint; zero: none speaks for the chain yet
	SignedAt    time.Time
	Odd         []Fault // records that nobody here wrote, or not then
	Compared    bool    // with the archive, when it was exported; else nobody knows whether it was cut off before
}

// lineMost is how long a line may be.
const lineMost = 64 << 20

// reading is an export that is read.
type reading struct {
	Verified
	walk   *Walk
	sum    hash.Hash
	lines  int
	number int64
	last   [sha256.Size]byte // the sum of the last checkpoint
	ended  bool
}

// Verify reads an export and returns its first fault. Only where its end is signed by the key is there none. Without a key that
// the reader brings it is that in the export, which anybody can make.
func Verify(from io.Reader, key ed25519.PublicKey) (Verified, error) {
	r := reading{sum: sha256.New()}
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, lineMost)
	scanner.Split(wholeLines)
	for scanner.Scan() {
		if err := r.line(scanner.Bytes(), key); err != nil {
			return r.Verified, err
		}
		r.sum.Write(scanner.Bytes())
		r.lines++
	}
	switch err := scanner.Err(); {
	case err != nil:
		return r.Verified, fmt.Errorf("read the export: %w", err)
	case !r.ended:
		return r.Verified, errors.New("the export was cut off, or is of a format without a signed end: nobody vouches for it")
	}
	return r.Verified, nil
}

// wholeLines splits into lines with their ends: every byte counts.
func wholeLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func (r *reading) line(text []byte, key ed25519.PublicKey) error {
	l, err := parseLine(text)
	if err != nil {
		return fmt.Errorf("line %d %w", r.lines+1, err)
	}
	switch {
	case r.ended:
		return fmt.Errorf("line %d comes after the end", r.lines+1)
	case l.Type == "chain" && r.lines == 0 && l.Format == Format && l.Chain != nil && len(l.Key) == ed25519.PublicKeySize:
		r.Chain, r.Key, r.walk = *l.Chain, l.Key, NewWalk(*l.Chain)
		if key != nil && !key.Equal(r.Key) {
			return errors.New("the export is of another installation: its key is not the one that you gave")
		}
		return nil
	case l.Type == "event" && r.lines > 0 && l.Event != nil:
		return r.event(*l.Event)
	case l.Type == "checkpoint" && r.lines > 0 && l.Checkpoint != nil:
		return r.checkpoint(*l.Checkpoint)
	case l.Type == "end" && r.lines > 0 && l.End != nil:
		return r.end(*l.End)
	case l.Type == "fault":
		return fmt.Errorf("whoever exported it could not vouch for it: %s", l.Fault)
	}
	return fmt.Errorf("line %d is out of place, or of another format", r.lines+1)
}

// parseLine takes a line only as an Export writes it. One with a property twice, or in other capitals, would say one thing here and
// another to other readers; that all bytes are signed is known only at the end.
func parseLine(text []byte) (l ExportLine, err error) {
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fmt.Errorf("is not readable: %w", err)
	}
	if l.Event != nil {
		l.Event.At = l.Event.At.UTC().Truncate(time.Microsecond) // all that its hash speaks for
	}
	again, err := json.Marshal(l)
	if err != nil || !bytes.Equal(append(again, '\n'), text) {
		return l, errors.New("is not in the form of an export")
	}
	return l, nil
}

func (r *reading) event(e ExportedEvent) error {
	rec := Record{Chain: r.Chain, Seq: e.Seq, ID: e.ID, At: e.At, Actor: e.Actor, Action: e.Action, Subject: e.Subject, RequestID: e.RequestID, Details: e.Details}
	var sum wireHash
	if err := sum.UnmarshalText([]byte(e.Hash)); err != nil {
		return fmt.Errorf("line %d: %w", r.lines+1, err)
	}
	rec.Hash = sum
	return r.walk.Step(rec)
}

func (r *reading) checkpoint(e ExportedCheckpoint) error {
	c, err := OpenCheckpoint(e.Signed, r.Key)
	if err != nil {
		return fmt.Errorf("line %d: %w", r.lines+1, err)
	}
	p := Proof{Index: e.Index, Path: make([][sha256.Size]byte, len(e.Path))}
	for i, sum := range e.Path {
		if copy(p.Path[i][:], sum) != len(sum) || len(sum) != sha256.Size {
			return fmt.Errorf("line %d: a hash of a proof has %d bytes", r.lines+1, len(sum))
		}
	}
	r.Checkpoints, r.Last, r.number, r.last = r.Checkpoints+1, c.At, c.Number, e.Sum()
	return r.walk.Passes(c, p)
}

func (r *reading) end(s Signed) error {
	e, err := OpenEnding(s, r.Key)
	if err != nil {
		return fmt.Errorf("the end: %w", err)
	}
	if err := r.walk.Meets(e.Head); err != nil {
		return err
	}
	switch {
	case e.Number != r.number || e.Sum != r.last:
		return fmt.Errorf("the export had checkpoint %d as the last one, and has %d", e.Number, r.number)
	case e.Bytes != [sha256.Size]byte(r.sum.Sum(nil)):
		return errors.New("the export is not, byte for byte, what was signed")
	}
	r.walk.Ends(e.At)
	r.Head, r.SignedAt, r.Odd, r.Compared, r.ended = e.Head, e.At, r.walk.Odd(), e.Compared, true
	return nil
}
