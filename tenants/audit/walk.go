package audit

import (
	"crypto/sha256"
	"fmt"
	"time"

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

// Slack is by how much an event may be older than the checkpoint before it: as long as a transaction and a difference of clocks
// last, and longer.
const Slack = 15 * time.Minute

// Walk goes along a chain from its beginning, and past the checkpoints that speak for it. After a fault it goes no further: nothing
// behind it can be trusted.
type Walk struct {
	head   Head
	leaf   Leaf // the last that was in a checkpoint; Count 0: none was
	number int64
	at     time.Time // of the last checkpoint
	oldest moment    // of the records behind the last checkpoint
	odd    []Fault
	more   int // odd ones that are not named
	err    error
}

// oddMost is how many odd records of a chain are named.
const oddMost = 100

type moment struct {
	seq int64
	at  time.Time
}

// NewWalk begins at the start of a chain.
func NewWalk(chain uuid.UUID) *Walk { return &Walk{head: Head{Chain: chain}} }

// Step takes the next record.
func (w *Walk) Step(r Record) error {
	if w.err != nil {
		return w.err
	}
	switch {
	case r.Chain != w.head.Chain:
		return w.fault("belongs to chain %s", r.Chain)
	case r.Seq != w.head.Count+1:
		return w.fault("is missing, doubled or in another place: found was event %d", r.Seq)
	}
	if Sum(w.head.Hash, r) != r.Hash {
		return w.fault("was changed, or one before it was")
	}
	w.head.Count, w.head.Hash = r.Seq, r.Hash
	if odd := r.odd(); odd != "" {
		w.note(r.Seq, odd)
	} else if at := said(r); w.oldest.seq == 0 || at.Before(w.oldest.at) {
		w.oldest = moment{r.Seq, at}
	}
	return nil
}

// fault stops the walk before the next record.
func (w *Walk) fault(what string, args ...any) error {
	w.err = &Fault{w.head.Chain, w.head.Count + 1, fmt.Sprintf(what, args...)}
	return w.err
}

// said is when a record says that it was written: the earlier of its time and that of its id, where that tells one (RFC 9562).
func said(r Record) time.Time {
	if r.ID.Version() == 7 {
		sec, nsec := r.ID.Time().UnixTime()
		if at := time.Unix(sec, nsec); at.Before(r.At) {
			return at
		}
	}
	return r.At
}

// Meets compares the chain with a head that was written down before.
func (w *Walk) Meets(h Head) error {
	switch {
	case w.err != nil:
		return w.err
	case w.head.Count < h.Count:
		return w.fault("is missing: the chain had %d events", h.Count)
	case w.head.Count > h.Count:
		w.err = &Fault{h.Chain, h.Count + 1, "is behind the chain's end: somebody added it"}
	case w.head != h:
		w.err = &Fault{h.Chain, h.Count, "is not the one that was written down: the chain was rewritten"}
	}
	return w.err
}

// Passes takes the next checkpoint that says something of the chain, and its proof: the checkpoint speaks for the chain as far as the
// walk has come.
func (w *Walk) Passes(c Checkpoint, p Proof) error {
	if w.err != nil {
		return w.err
	}
	leaf := w.next()
	root, ok := p.Root(leaf.Sum(), c.Chains)
	if !ok || root != c.Root || c.Plain || c.Number <= w.number {
		w.err = &Fault{leaf.Chain, leaf.Count, fmt.Sprintf("is not what checkpoint %d was signed over: the chain was rewritten, or what is kept of its checkpoints was changed", c.Number)}
		return w.err
	}
	w.judge(c.Since, c.At)
	w.leaf, w.number, w.at = leaf, c.Number, c.At
	return nil
}

// next is what a checkpoint says that was made here.
func (w *Walk) next() Leaf {
	if w.head.Count == w.leaf.Count {
		return w.leaf
	}
	return Leaf{Head: w.head, Before: w.Leaf()}
}

// Believes takes a checkpoint at its word that is not there as it was: a later one has to speak for it.
func (w *Walk) Believes(number int64) { w.leaf, w.number = w.next(), number }

// Signed is how far the chain was when the last checkpoint said something new of it; 0 where none did.
func (w *Walk) Signed() int64 { return w.leaf.Count }

// Ends says that nothing comes behind what was taken, as of now.
func (w *Walk) Ends(now time.Time) { w.judge(w.at, now) }

// judge looks at the times of the records that were sealed between since and until. Where the clock was put back between them, nobody
// can say what is too old.
func (w *Walk) judge(since, until time.Time) {
	known := !since.IsZero() && !until.Before(since)
	if known && w.oldest.seq != 0 && w.oldest.at.Before(since.Add(-Slack)) {
		w.note(w.oldest.seq, fmt.Sprintf("says that it is of %s, and was not there yet when a checkpoint was made at %s: somebody slipped it in",
			w.oldest.at.UTC().Format(time.RFC3339), since.UTC().Format(time.RFC3339)))
	}
	w.oldest = moment{}
}

func (w *Walk) note(seq int64, what string) {
	if len(w.odd) == oddMost {
		w.more++
		return
	}
	w.odd = append(w.odd, Fault{w.head.Chain, seq, what})
}

// Odd are the records that are as they were sealed, and that nobody here wrote, or not then.
func (w *Walk) Odd() []Fault {
	if w.more > 0 {
		return append(w.odd[:oddMost:oddMost], Fault{Chain: w.head.Chain, What: fmt.Sprintf("%d more events are not as anybody here would have written them", w.more)})
	}
	return w.odd
}

// Head is how far the walk has come.
func (w *Walk) Head() Head { return w.head }

// Leaf is the sum of what the last checkpoint said of the chain; zero where none did.
func (w *Walk) Leaf() (sum [sha256.Size]byte) {
	if w.leaf.Count == 0 {
		return sum
	}
	return w.leaf.Sum()
}
