package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/google/uuid"
)

var (
	key    = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	other  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize)) // of somebody else
	public = key.Public().(ed25519.PublicKey)
	chain  = uuid.MustParse("01930000-0000-7000-8000-000000000001")
	begin  = time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
)

// records are n events, a minute apart.
func records(n int) (list []Record) {
	for i := range n {
		list = append(list, Record{ID: uuid.UUID{15: byte(i)}, At: begin.Add(time.Duration(i) * time.Minute), Actor: "per_a", Action: "thing.do",
			Subject: "thing_1", Details: map[string]string{"n": string(rune('a' + i))}})
	}
	return list
}

// stop is a checkpoint of a trail, with what an export has of it.
type stop struct {
	after int // events
	Checkpoint
	Signed
	Proof
}

// trail is sealed events, and checkpoints over them and two other chains.
type trail struct {
	sealed []Record
	stops  []stop
	leaf   Leaf
}

func newTrail(list []Record) *trail {
	sealed, _ := Seal(Head{Chain: chain}, list)
	return &trail{sealed: sealed}
}

// checkpoint adds one after so many events, made at that time, and signed by a key.
func (tr *trail) checkpoint(by ed25519.PrivateKey, after int, at time.Time) {
	if head := (Head{chain, int64(after), tr.sealed[after-1].Hash}); head != tr.leaf.Head {
		next := Leaf{Head: head}
		if tr.leaf.Count > 0 {
			next.Before = tr.leaf.Sum()
		}
		tr.leaf = next
	}
	tree := NewTree([][32]byte{{1}, tr.leaf.Sum(), {byte(len(tr.stops))}})
	c := Checkpoint{Number: int64(len(tr.stops)) + 1, At: at, Chains: 3, Root: tree.Root()}
	if n := len(tr.stops); n > 0 {
		c.Previous, c.Since = tr.stops[n-1].Sum(), tr.stops[n-1].At
	}
	tr.stops = append(tr.stops, stop{after, c, signed(by, c), tree.Proof(1)})
}

func signed(by ed25519.PrivateKey, c Checkpoint) Signed {
	s, err := c.Sign(by)
	if err != nil {
		panic(err) // it has a form that encodes
	}
	return s
}

// written is the export of a trail, whose end a key signs.
func (tr *trail) written(by ed25519.PrivateKey) string {
	var out bytes.Buffer
	e, err := NewExport(&out, chain, by.Public().(ed25519.PublicKey))
	for i, r := range tr.sealed {
		err = errors.Join(err, e.Event(r))
		for _, s := range tr.stops {
			if s.after == i+1 {
				err = errors.Join(err, e.Checkpoint(s.Number, s.Signed, s.Proof))
			}
		}
	}
	if err = errors.Join(err, e.End(begin.Add(time.Hour), true, by)); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.String()
}

// exported has n events, at least 4: a checkpoint after half of them, and two after all but two.
func exported(n int) string {
	tr := newTrail(records(n))
	tr.checkpoint(key, n/2, begin.Add(time.Duration(n/2)*time.Minute))
	tr.checkpoint(key, n-2, begin.Add(time.Duration(n-2)*time.Minute))
	tr.checkpoint(key, n-2, begin.Add(time.Duration(n-2)*time.Minute+time.Second))
	return tr.written(key)
}
