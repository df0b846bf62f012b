package accesslog

import (
	"bytes"
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
	return e, q.wantsStatus(text) && q.wantsClient(text)
}

// wantsStatus finds the status as write puts it: within a text the first quote would have a backslash before it, and the last one too.
func (q Query) wantsStatus(text []byte) bool {
	if q.StatusTo == 0 {
		return true
	}
	status, n := 0, 0
	for _, c := range behind(text, `"status":`) {
		if c < '0' || c > '9' {
			break
		}
		status, n = status*10+int(c-'0'), n+1
	}
	return n > 0 && status >= q.StatusFrom && status <= q.StatusTo
}

func (q Query) wantsClient(text []byte) bool {
	if !q.Client.IsValid() {
		return true
	}
	shown, _, _ := bytes.Cut(behind(text, `"client":"`), []byte(`"`))
	client, err := netip.ParseAddr(string(shown))
	return err == nil && q.Client.Contains(client)
}

func behind(text []byte, name string) []byte {
	_, value, _ := bytes.Cut(text, []byte(name))
	return value
}

// touches reports whether an object may hold a line that is wanted.
func (q Query) touches(n named) bool {
	return !n.until.Before(q.From) && !n.from.After(q.first().At)
}
