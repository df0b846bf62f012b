package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Signed is a document with the Ed25519 signature (RFC 8032) over its bytes: a checkpoint, the note of a restore, or an
// export's end. What it is and in which format stands in it, so that none can be taken for another.
type Signed struct {
	Document  []byte `json:"document"`
	Signature []byte `json:"signature"`
}

// Kind is what a signed document is.
type Kind string

// The kinds of documents.
const (
	// OfCheckpoint: how far all chains went.
	OfCheckpoint Kind = "checkpoint"
	// OfRestore: which checkpoints a restore lost.
	OfRestore Kind = "restore"
	// OfExport: what an export has.
	OfExport Kind = "export"
)

// Format is that of the documents that are signed now. Checkpoints of format 1, which said no kind, can still be opened.
const Format = 2

// heading begins every document.
type heading struct {
	Format int  `json:"format"`
	Kind   Kind `json:"kind,omitempty"`
}

// Sum is what later documents name this one by.
func (s Signed) Sum() [sha256.Size]byte { return sha256.Sum256(s.Document) }

// Kind returns what the document says that it is. Nobody has looked at the signature yet.
func (s Signed) Kind() Kind {
	var h heading
	if json.Unmarshal(s.Document, &h) == nil && h.Format == 1 && h.Kind == "" {
		return OfCheckpoint
	}
	return h.Kind
}

func sign(document any, key ed25519.PrivateKey) (Signed, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return Signed{}, fmt.Errorf("write a document to be signed: %w", err)
	}
	return Signed{Document: text, Signature: ed25519.Sign(key, text)}, nil
}

// errForged is what is signed by nobody, or by somebody else.
var errForged = errors.New("is not signed by this installation's key, or was changed")

// read checks the signature and returns what it stands under, which has this kind.
func (s Signed) read(key ed25519.PublicKey, kind Kind, document any) error {
	if !ed25519.Verify(key, s.Document, s.Signature) {
		return fmt.Errorf("a document that should be a %s %w", kind, errForged)
	}
	var h heading
	if err := json.Unmarshal(s.Document, &h); err != nil || h.Format != Format || h.Kind != kind {
		return fmt.Errorf("a document that should be a %s of format %d is a %q of format %d", kind, Format, h.Kind, h.Format)
	}
	if err := json.Unmarshal(s.Document, document); err != nil {
		return fmt.Errorf("read a %s: %w", kind, err)
	}
	return nil
}

// wireHash is a hash in a document, in hexadecimal.
type wireHash [sha256.Size]byte

// MarshalText implements encoding.TextMarshaler.
func (h wireHash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *wireHash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("%.80q is not a hash", text)
	}
	copy(h[:], raw)
	return nil
}
