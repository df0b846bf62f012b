package accesslog

import (
	"net/netip"
	"time"
)

// Query says which lines of an owner are wanted.
type Query struct {
	Owner      string
	From, To   time.Time    // from From on, and before To
	Before     Key          // and before this one; zero: any
	Client     netip.Prefix // invalid: any
	StatusFrom int          // from this status on; 0: any
	StatusTo   int          // and up to this one
}

// first is the place before which all wanted lines are.
func (q Query) first() Key {
	to := Key{At: q.To}
	if q.Before != (Key{}) && q.Before.Compare(to) < 0 {
		return q.Before
	}
	return to
}

// entry is a line that is wanted, as it was read.
type entry struct {
	key  Key
	text []byte
}

// wants reads a line as far as that takes.
func (q Query) wants(text []byte) (e entry, ok bool) {
	at, ok := timeOf(text)
	if !ok || at.Before(q.From) {
		return e, false
	}
	e = entry{key: keyOf(at, text), text: text}
	if e.key.Compare(q.first()) >= 0 {
		return e, false
	}
	if !q.Client.IsValid() && q.StatusTo == 0 {
		return e, true
	}
	l, err := ParseLine(text)
	if err != nil {
		return e, false
	}
	if q.StatusTo != 0 && (l.Status < q.StatusFrom || l.Status > q.StatusTo) {
		return e, false
	}
	if !q.Client.IsValid() {
		return e, true
	}
	client, err := netip.ParseAddr(l.Client)
	return e, err == nil && q.Client.Contains(client)
}

// touches reports whether an object may hold a line that is wanted.
func (q Query) touches(n named) bool {
	return !n.until.Before(q.From) && !n.from.After(q.first().At)
}
