package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// Line is one line of an export: the chain that it is of and the key, at first; then the events, and at last the
// checkpoints, signed as they are.
type Line struct {
	Type       string        `json:"type"` // chain, event, checkpoint, end
	Chain      *uuid.UUID    `json:"chain,omitempty"`
	Key        []byte        `json:"key,omitempty"`
	Event      *ExportedLine `json:"event,omitempty"`
	Checkpoint *Signed       `json:"checkpoint,omitempty"`
	Lines      int           `json:"lines,omitempty"` // at the end: how many came before
}

// ExportedLine is an event as an export has it.
type ExportedLine struct {
	Seq       int64             `json:"seq"`
	ID        uuid.UUID         `json:"id"`
	At        time.Time         `json:"at"`
	Actor     string            `json:"actor"`
	Action    string            `json:"action"`
	Subject   string            `json:"subject"`
	RequestID string            `json:"request_id"`
	Details   map[string]string `json:"details"`
	Hash      string            `json:"hash"`
}

// Export writes lines.
type Export struct {
	to    *json.Encoder
	lines int
}

// NewExport begins an export of a chain.
func NewExport(to io.Writer, chain uuid.UUID, key ed25519.PublicKey) (*Export, error) {
	e := &Export{to: json.NewEncoder(to)}
	return e, e.line(Line{Type: "chain", Chain: &chain, Key: key})
}

func (e *Export) line(l Line) error {
	e.lines++
	if err := e.to.Encode(l); err != nil {
		return fmt.Errorf("write an export: %w", err)
	}
	return nil
}

// Event writes an event.
func (e *Export) Event(r Record) error {
	return e.line(Line{Type: "event", Event: &ExportedLine{Seq: r.Seq, ID: r.ID, At: r.At.UTC(), Actor: r.Actor, Action: r.Action, Subject: r.Subject,
		RequestID: r.RequestID, Details: r.Details, Hash: hex.EncodeToString(r.Hash[:])}})
}

// End writes the checkpoints and how many lines there are.
func (e *Export) End(checkpoints []Signed) error {
	for _, c := range checkpoints {
		if err := e.line(Line{Type: "checkpoint", Checkpoint: &c}); err != nil {
			return err
		}
	}
	return e.line(Line{Type: "end", Lines: e.lines})
}

// Verified is what an export that has no fault says.
type Verified struct {
	Chain       uuid.UUID
	Events      int64
	Checkpoints int
	Covered     int64 // how many events the last checkpoint speaks for
	At          time.Time
	Key         ed25519.PublicKey
}

// lineMost is how long a line may be: that of a checkpoint takes some 190 bytes for each chain there is.
const lineMost = 1 << 30

// Verify reads an export and returns its first fault. Without a key that the reader brings it can only say that the export
// is whole, and not whose it is.
func Verify(from io.Reader, key ed25519.PublicKey) (Verified, error) {
	var v Verified
	var records []Record
	var signed []Signed
	lines, ended := 0, false
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, lineMost)
	for scanner.Scan() {
		l, err := parseLine(scanner.Bytes())
		if err != nil {
			return v, fmt.Errorf("line %d %w", lines+1, err)
		}
		if ended {
			return v, fmt.Errorf("line %d comes after the end", lines+1)
		}
		switch {
		case l.Type == "chain" && lines == 0 && l.Chain != nil && len(l.Key) == ed25519.PublicKeySize:
			v.Chain, v.Key = *l.Chain, l.Key
		case l.Type == "event" && lines > 0 && l.Event != nil && len(signed) == 0:
			r, err := l.Event.record(v.Chain)
			if err != nil {
				return v, fmt.Errorf("line %d: %w", lines+1, err)
			}
			records = append(records, r)
		case l.Type == "checkpoint" && lines > 0 && l.Checkpoint != nil:
			signed = append(signed, *l.Checkpoint)
		case l.Type == "end" && l.Lines == lines:
			ended = true
		default:
			return v, fmt.Errorf("line %d is out of place, or some are missing before it", lines+1)
		}
		lines++
	}
	if err := scanner.Err(); err != nil {
		return v, fmt.Errorf("read the export: %w", err)
	}
	if !ended {
		return v, errors.New("the export was cut off: it has no end")
	}
	if key != nil && !key.Equal(v.Key) {
		return v, errors.New("the export is of another installation: its key is not the one that you gave")
	}
	return v, v.judge(records, signed)
}

// parseLine takes a line only as an Export writes it. One with a property twice, or in other capitals, would say one thing here and
// another to other readers.
func parseLine(text []byte) (l Line, err error) {
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fmt.Errorf("is not readable: %w", err)
	}
	if l.Event != nil {
		l.Event.At = l.Event.At.UTC().Truncate(time.Microsecond) // all that its hash speaks for
	}
	again, err := json.Marshal(l)
	if err != nil || !bytes.Equal(text, again) {
		return l, errors.New("is not in the form of an export")
	}
	return l, nil
}

func (l ExportedLine) record(chain uuid.UUID) (Record, error) {
	r := Record{Chain: chain, Seq: l.Seq, ID: l.ID, At: l.At, Actor: l.Actor, Action: l.Action, Subject: l.Subject, RequestID: l.RequestID, Details: l.Details}
	return r, unhex(&r.Hash, l.Hash)
}

// judge walks the chain and compares it with the checkpoints.
func (v *Verified) judge(records []Record, signed []Signed) error {
	checkpoints, err := Linked(v.Key, signed)
	if err != nil {
		return err
	}
	heads := HeadsOf(v.Chain, checkpoints)
	w := NewWalk(v.Chain, places(heads)...)
	for _, r := range records {
		if err := w.Step(r); err != nil {
			return err
		}
	}
	for _, h := range heads {
		if err := w.Meets(h); err != nil {
			return err
		}
		v.Covered = h.Count
	}
	v.Events, v.Checkpoints = w.Head().Count, len(checkpoints)
	if v.Checkpoints > 0 {
		v.At = checkpoints[v.Checkpoints-1].At
	}
	return nil
}

// HeadsOf are a chain's heads in checkpoints, in their order.
func HeadsOf(chain uuid.UUID, checkpoints []Checkpoint) (heads []Head) {
	for _, c := range checkpoints {
		for _, h := range c.Heads {
			if h.Chain == chain {
				heads = append(heads, h)
			}
		}
	}
	return heads
}

func places(heads []Head) (list []int64) {
	for _, h := range heads {
		list = append(list, h.Count)
	}
	return list
}
