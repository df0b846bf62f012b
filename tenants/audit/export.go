package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/google/uuid"
)

// ExportLine is one line of an export: the chain that it is of and the key, at first; then the events, each checkpoint behind the last
// event that it speaks for; and at last what signs all of it.
type ExportLine struct {
	Type       string              `json:"type"` // chain, event, checkpoint, end; fault, where it can't go on
	Format     int                 `json:"format,omitempty"`
	Chain      *uuid.UUID          `json:"chain,omitempty"`
	Key        []byte              `json:"key,omitempty"`
	Event      *ExportedEvent      `json:"event,omitempty"`
	Checkpoint *ExportedCheckpoint `json:"checkpoint,omitempty"`
	End        *Signed             `json:"end,omitempty"`
	Fault      string              `json:"fault,omitempty"`
}

// ExportedEvent is an event as an export has it.
type ExportedEvent struct {
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

// ExportedCheckpoint is a checkpoint, and the proof that it speaks for the chain as far as the export has come.
type ExportedCheckpoint struct {
	Signed
	Index int64    `json:"index"`
	Path  [][]byte `json:"path"`
}

// Ending is what the end of an export says of it: all of it, so that nothing can be changed or cut off.
type Ending struct {
	Head
	At     time.Time
	Number int64             // of the last checkpoint in it; 0: none speaks for the chain yet
	Sum    [sha256.Size]byte // of that checkpoint
	Bytes  [sha256.Size]byte // the SHA-256 of every byte before the last line
	// Compared says that nothing was cut off before it was exported, by all that the archive has. Else the archive could not be read.
	Compared bool
}

type wireEnding struct {
	heading
	Chain    uuid.UUID `json:"chain"`
	Count    int64     `json:"count"`
	Hash     wireHash  `json:"hash"`
	At       time.Time `json:"at"`
	Number   int64     `json:"number"`
	Sum      wireHash  `json:"sum"`
	Bytes    wireHash  `json:"sha256"`
	Compared bool      `json:"archive_compared"`
}

// Export writes lines.
type Export struct {
	to   io.Writer
	sum  hash.Hash
	last Ending
}

// NewExport begins an export of a chain.
func NewExport(to io.Writer, chain uuid.UUID, key ed25519.PublicKey) (*Export, error) {
	e := &Export{sum: sha256.New(), last: Ending{Head: Head{Chain: chain}}}
	e.to = io.MultiWriter(to, e.sum)
	return e, e.line(ExportLine{Type: "chain", Format: Format, Chain: &chain, Key: key})
}

func (e *Export) line(l ExportLine) error {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = e.to.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write an export: %w", err)
	}
	return nil
}

// Event writes an event.
func (e *Export) Event(r Record) error {
	e.last.Head = Head{r.Chain, r.Seq, r.Hash}
	return e.line(ExportLine{Type: "event", Event: &ExportedEvent{Seq: r.Seq, ID: r.ID, At: r.At.UTC(), Actor: r.Actor, Action: r.Action, Subject: r.Subject,
		RequestID: r.RequestID, Details: r.Details, Hash: hex.EncodeToString(r.Hash[:])}})
}

// Checkpoint writes a checkpoint that speaks for all events so far.
func (e *Export) Checkpoint(number int64, s Signed, p Proof) error {
	e.last.Number, e.last.Sum = number, s.Sum()
	path := make([][]byte, len(p.Path))
	for i := range p.Path {
		path[i] = p.Path[i][:]
	}
	return e.line(ExportLine{Type: "checkpoint", Checkpoint: &ExportedCheckpoint{s, p.Index, path}})
}

// End signs what was written, and whether it was compared with the archive.
func (e *Export) End(at time.Time, compared bool, key ed25519.PrivateKey) error {
	e.last.At, e.last.Compared = at, compared
	e.sum.Sum(e.last.Bytes[:0])
	signed, err := e.last.Sign(key)
	if err != nil {
		return err
	}
	return e.line(ExportLine{Type: "end", End: &signed})
}

// Fault says in place of the end why there is none.
func (e *Export) Fault(what string) error { return e.line(ExportLine{Type: "fault", Fault: what}) }

// Sign writes the ending down.
func (e Ending) Sign(key ed25519.PrivateKey) (Signed, error) {
	return sign(wireEnding{heading{Format, OfExport}, e.Chain, e.Count, e.Hash, e.At, e.Number, e.Sum, e.Bytes, e.Compared}, key)
}

// OpenEnding checks the signature and returns what it stands under.
func OpenEnding(s Signed, key ed25519.PublicKey) (Ending, error) {
	var w wireEnding
	if err := s.read(key, OfExport, &w); err != nil {
		return Ending{}, err
	}
	return Ending{Head{w.Chain, w.Count, w.Hash}, w.At, w.Number, w.Sum, w.Bytes, w.Compared}, nil
}
