package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Checkpoint is the state of chains at a time, signed, and linked to the one before.
type Checkpoint struct {
	Number   int64     // 1 for the first
	At       time.Time // to the microsecond, UTC
	Previous [sha256.Size]byte
	Heads    []Head
}

// wire is a checkpoint as it is written: UTF-8 JSON of this form, hashes in hexadecimal.
type wire struct {
	Format   int        `json:"format"`
	Number   int64      `json:"number"`
	At       time.Time  `json:"at"`
	Previous string     `json:"previous"`
	Heads    []wireHead `json:"heads"`
}

type wireHead struct {
	Chain uuid.UUID `json:"chain"`
	Count int64     `json:"count"`
	Hash  string    `json:"hash"`
}

// Signed is a checkpoint's document with the Ed25519 signature (RFC 8032) over its bytes.
type Signed struct {
	Document  []byte `json:"document"`
	Signature []byte `json:"signature"`
}

// Sum is what the next checkpoint names as the previous one.
func (s Signed) Sum() [sha256.Size]byte { return sha256.Sum256(s.Document) }

// Sign writes the checkpoint down.
func (c Checkpoint) Sign(key ed25519.PrivateKey) (Signed, error) {
	w := wire{Format: 1, Number: c.Number, At: c.At, Previous: hex.EncodeToString(c.Previous[:]), Heads: []wireHead{}}
	for _, h := range c.Heads {
		w.Heads = append(w.Heads, wireHead{h.Chain, h.Count, hex.EncodeToString(h.Hash[:])})
	}
	document, err := json.Marshal(w)
	if err != nil {
		return Signed{}, fmt.Errorf("write a checkpoint: %w", err)
	}
	return Signed{Document: document, Signature: ed25519.Sign(key, document)}, nil
}

// Open checks the signature and returns what it stands under.
func (s Signed) Open(key ed25519.PublicKey) (Checkpoint, error) {
	if !ed25519.Verify(key, s.Document, s.Signature) {
		return Checkpoint{}, errors.New("a checkpoint is not signed by this installation's key, or was changed")
	}
	var w wire
	if err := json.Unmarshal(s.Document, &w); err != nil || w.Format != 1 {
		return Checkpoint{}, fmt.Errorf("a checkpoint is of another format: %d", w.Format)
	}
	c := Checkpoint{Number: w.Number, At: w.At}
	if err := unhex(&c.Previous, w.Previous); err != nil {
		return Checkpoint{}, err
	}
	for _, h := range w.Heads {
		head := Head{Chain: h.Chain, Count: h.Count}
		if err := unhex(&head.Hash, h.Hash); err != nil {
			return Checkpoint{}, err
		}
		c.Heads = append(c.Heads, head)
	}
	return c, nil
}

func unhex(into *[sha256.Size]byte, text string) error {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(into) {
		return fmt.Errorf("%.80q is not a hash", text)
	}
	copy(into[:], raw)
	return nil
}

// Linked opens checkpoints in their order and checks that none is missing between them. The first may have any number: those
// before it may have been left out.
func Linked(key ed25519.PublicKey, signed []Signed) ([]Checkpoint, error) {
	var list []Checkpoint
	for i, s := range signed {
		c, err := s.Open(key)
		if err != nil {
			return nil, fmt.Errorf("checkpoint %d of %d: %w", i+1, len(signed), err)
		}
		if i > 0 && (c.Number != list[i-1].Number+1 || c.Previous != signed[i-1].Sum()) {
			return nil, fmt.Errorf("after checkpoint %d comes %d, which does not follow it: one is missing or was replaced", list[i-1].Number, c.Number)
		}
		list = append(list, c)
	}
	return list, nil
}
