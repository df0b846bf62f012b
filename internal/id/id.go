// Package id makes and shows the identifiers of the control plane: UUIDv7 in storage, `<prefix>_<26 characters>` to
// people and programs. It owns the encoding and never knows what an identifier belongs to.
package id

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Prefixes say what an identifier names, so that one can't be taken for another.
const (
	Workspace  = "ws"
	Tenant     = "ten"
	Person     = "per"
	Operator   = "opr"
	Operation  = "op"
	Cell       = "cel"
	CellRun    = "run"
	Release    = "rel"
	Instance   = "in"
	Storage    = "st"
	Token      = "tok"
	Session    = "ses"
	Audit      = "aud"
	Webhook    = "whk"
	Delivery   = "dlv"
	IPRule     = "ipr"
	BreakGlass = "bgl"
	Domain     = "dom"
	Edge       = "edg"
	EdgeLease  = "els"
	Backup     = "bkp"
)

// encoding is Crockford's base 32 in lower case: no letters that look alike, and text order is byte order.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns a time-ordered UUIDv7. It panics when the system has no randomness, as nothing can go on then.
func New() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// By returns what makes UUIDv7s by another clock, each greater than the one before, as New's are.
func By(now func() time.Time) func() uuid.UUID {
	var mu sync.Mutex
	var last uint64 // milliseconds and, where those are not enough, a count in 12 bits
	return func() uuid.UUID {
		mu.Lock()
		defer mu.Unlock()
		last = max(last+1, uint64(now().UnixMilli())<<12)
		u := New()
		binary.BigEndian.PutUint64(u[:8], last>>12<<16|7<<12|last&0xfff)
		return u
	}
}

// Show returns the public form of an identifier: the prefix, an underscore, 26 characters.
func Show(prefix string, u uuid.UUID) string { return prefix + "_" + encoding.EncodeToString(u[:]) }

// Parse reads the public form back. The error names the form that is expected.
func Parse(prefix, s string) (uuid.UUID, error) {
	text, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(text) != 26 {
		return uuid.Nil, fmt.Errorf("%q is not an identifier of the form %s_ and 26 characters", shorten(s), prefix)
	}
	var u uuid.UUID
	n, err := encoding.Decode(u[:], []byte(text))
	if err != nil || n != len(u) || Show(prefix, u) != s {
		return uuid.Nil, fmt.Errorf("%q is not an identifier of the form %s_ and 26 characters", shorten(s), prefix)
	}
	return u, nil
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
