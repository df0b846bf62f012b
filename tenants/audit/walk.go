package audit

import (
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"
)

// Fault is something that is not as it was written. Seq is 0 where no place can be named.
type Fault struct {
	Chain uuid.UUID
	Seq   int64
	What  string
}

// Error implements error.
func (f *Fault) Error() string {
	if f.Seq == 0 {
		return fmt.Sprintf("chain %s: %s", f.Chain, f.What)
	}
	return fmt.Sprintf("chain %s, event %d: %s", f.Chain, f.Seq, f.What)
}

// Walk goes along a chain from its beginning. After a fault it goes no further: nothing behind it can be trusted.
type Walk struct {
	head  Head
	at    map[int64][sha256.Size]byte // the hashes that somebody will ask for
	asked map[int64]bool
	odd   []Fault
	err   error
}

// NewWalk begins at the start of a chain. It remembers the hashes at these places.
func NewWalk(chain uuid.UUID, remember ...int64) *Walk {
	w := &Walk{head: Head{Chain: chain}, at: map[int64][sha256.Size]byte{}, asked: map[int64]bool{}}
	for _, seq := range remember {
		w.asked[seq] = true
	}
	return w
}

// Step takes the next record.
func (w *Walk) Step(r Record) error {
	if w.err != nil {
		return w.err
	}
	fault := func(what string, args ...any) error {
		w.err = &Fault{w.head.Chain, w.head.Count + 1, fmt.Sprintf(what, args...)}
		return w.err
	}
	switch {
	case r.Chain != w.head.Chain:
		return fault("belongs to chain %s", r.Chain)
	case r.Seq != w.head.Count+1:
		return fault("is missing, doubled or in another place: found was event %d", r.Seq)
	}
	if Sum(w.head.Hash, r) != r.Hash {
		return fault("was changed, or one before it was")
	}
	w.head.Count, w.head.Hash = r.Seq, r.Hash
	if r.Odd != "" {
		w.odd = append(w.odd, Fault{r.Chain, r.Seq, r.Odd})
	}
	if w.asked[r.Seq] {
		w.at[r.Seq] = r.Hash
	}
	return nil
}

// Odd are the records that are as they were sealed, and that nobody here wrote.
func (w *Walk) Odd() []Fault { return w.odd }

// Head is how far the walk has come.
func (w *Walk) Head() Head { return w.head }

// Meets compares the chain with a head that was written down before. The walk must have been told to remember its place.
func (w *Walk) Meets(h Head) error {
	switch {
	case w.err != nil:
		return w.err
	case h.Count == 0:
		return nil
	case w.head.Count < h.Count:
		return &Fault{h.Chain, w.head.Count + 1, fmt.Sprintf("is missing: the chain had %d events", h.Count)}
	case w.at[h.Count] != h.Hash:
		return &Fault{h.Chain, h.Count, "is not the one that was written down: the chain was rewritten"}
	}
	return nil
}
