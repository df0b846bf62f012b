package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// Checkpoint is how far all chains went at a time, signed, and linked to the one before.
type Checkpoint struct {
	Number   int64             // 1 for the first
	At       time.Time         // to the microsecond, UTC; whatever was committed before is in it
	Since    time.Time         // when the tree before was made; zero: it is the first
	Previous [sha256.Size]byte // the sum of the checkpoint before; zero: it is the first
	Chains   int64             // how many leaves the tree has, in the order of the chains' ids
	Root     [sha256.Size]byte // of the tree
	Heads    []Head            // what one of format 1 says in place of a tree
	Plain    bool              // it is of format 1
}

type wireCheckpoint struct {
	heading
	Number   int64      `json:"number"`
	At       time.Time  `json:"at"`
	Since    *time.Time `json:"since,omitempty"`
	Previous wireHash   `json:"previous"`
	Chains   int64      `json:"chains"`
	Root     wireHash   `json:"root"`
}

// wirePlain is a checkpoint of format 1.
type wirePlain struct {
	Format   int            `json:"format"`
	Number   int64          `json:"number"`
	At       time.Time      `json:"at"`
	Previous wireHash       `json:"previous"`
	Heads    []ArchivedHead `json:"heads"`
}

// Sign writes the checkpoint down.
func (c Checkpoint) Sign(key ed25519.PrivateKey) (Signed, error) {
	w := wireCheckpoint{heading: heading{Format, OfCheckpoint}, Number: c.Number, At: c.At, Previous: c.Previous, Chains: c.Chains, Root: c.Root}
	if !c.Since.IsZero() {
		w.Since = &c.Since
	}
	return sign(w, key)
}

// OpenCheckpoint checks the signature and returns what it stands under.
func OpenCheckpoint(s Signed, key ed25519.PublicKey) (Checkpoint, error) {
	var w wireCheckpoint
	var h heading
	if json.Unmarshal(s.Document, &h) == nil && h.Format == 1 {
		return openPlain(s, key)
	}
	if err := s.read(key, OfCheckpoint, &w); err != nil {
		return Checkpoint{}, err
	}
	c := Checkpoint{Number: w.Number, At: w.At, Previous: w.Previous, Chains: w.Chains, Root: w.Root}
	if w.Since != nil {
		c.Since = *w.Since
	}
	return c, nil
}

func openPlain(s Signed, key ed25519.PublicKey) (Checkpoint, error) {
	if !ed25519.Verify(key, s.Document, s.Signature) {
		return Checkpoint{}, fmt.Errorf("a document that should be a %s %w", OfCheckpoint, errForged)
	}
	var w wirePlain
	if err := json.Unmarshal(s.Document, &w); err != nil {
		return Checkpoint{}, fmt.Errorf("read a %s: %w", OfCheckpoint, err)
	}
	c := Checkpoint{Number: w.Number, At: w.At, Previous: w.Previous, Plain: true}
	for _, h := range w.Heads {
		c.Heads = append(c.Heads, h.Head())
	}
	return c, nil
}

// Line takes checkpoints in their order.
type Line struct {
	key    ed25519.PublicKey
	number int64
	sum    [sha256.Size]byte
}

// NewLine begins with the first checkpoint of all.
func NewLine(key ed25519.PublicKey) *Line { return &Line{key: key} }

// Next opens the next one. The error says what is wrong with it or with its place; it can be gone on behind it.
func (l *Line) Next(s Signed) (Checkpoint, error) {
	c, err := OpenCheckpoint(s, l.key)
	before := l.number
	if err != nil {
		l.number, l.sum = before+1, s.Sum()
		return c, fmt.Errorf("checkpoint %d: %w", before+1, err)
	}
	if c.Number != before+1 || c.Previous != l.sum {
		err = fmt.Errorf("after checkpoint %d comes %d, which does not follow it: one is missing or was replaced", before, c.Number)
	}
	l.number, l.sum = c.Number, s.Sum()
	return c, err
}
