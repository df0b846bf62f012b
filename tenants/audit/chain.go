package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Operator is the chain of what belongs to no tenant. Every other chain is called by its tenant's id.
var Operator = uuid.Nil

// Record is an event in its place in a chain.
type Record struct {
	Chain     uuid.UUID
	Seq       int64 // 1 for the first of a chain, and one more for each after it
	ID        uuid.UUID
	At        time.Time // to the microsecond
	Actor     string
	Action    string
	Subject   string
	RequestID string
	Details   map[string]string
	Hash      [sha256.Size]byte
	Odd       string // what is odd about where it was found, if anything; not hashed
}

// Unreadable is the name of the only detail of a record whose details nobody here wrote: they are its value, as they are.
const Unreadable = ""

// The bounds of the times that records have. What is not between them, as nobody here writes it, is told as the nearer one.
var (
	FirstTime = time.Unix(0, 0).UTC()
	LastTime  = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// odd is what in a record nobody here writes, if anything.
func (r Record) odd() string {
	_, unreadable := r.Details[Unreadable]
	switch {
	case r.Odd != "":
		return r.Odd
	case unreadable:
		return "has details that nobody here wrote"
	case !r.At.After(FirstTime) || !r.At.Before(LastTime):
		return "has a time that nobody here wrote"
	}
	return ""
}

// format begins what is hashed, so that another format never has the same hash.
const format = "longhouse-audit-1\n"

// Sum is the hash of a record that follows one with the hash before; the first of a chain follows 32 zero bytes.
//
// It is SHA-256 over: the text "longhouse-audit-1\n"; before, 32 bytes; chain and id, 16 bytes each; seq and the
// microseconds since 1970 of at, 8 bytes each, big-endian, two's complement; actor, action, subject and request id, each as
// its length in bytes (8 bytes, big-endian) and its UTF-8; the number of details (8 bytes), and each of them, in the order of
// the bytes of their names, as name and value in the same form.
func Sum(before [sha256.Size]byte, r Record) [sha256.Size]byte {
	size := 256
	for name, value := range r.Details {
		size += len(name) + len(value) + 16
	}
	hashed := append(make([]byte, 0, size), format...)
	number := func(n int64) { hashed = binary.BigEndian.AppendUint64(hashed, uint64(n)) }
	text := func(s string) {
		number(int64(len(s)))
		hashed = append(hashed, s...)
	}
	hashed = append(hashed, before[:]...)
	hashed = append(hashed, r.Chain[:]...)
	hashed = append(hashed, r.ID[:]...)
	number(r.Seq)
	number(r.At.UnixMicro())
	for _, s := range []string{r.Actor, r.Action, r.Subject, r.RequestID} {
		text(s)
	}
	number(int64(len(r.Details)))
	for _, name := range slices.Sorted(maps.Keys(r.Details)) {
		text(name)
		text(r.Details[name])
	}
	return sha256.Sum256(hashed)
}

// Head is how far a chain goes.
type Head struct {
	Chain uuid.UUID
	Count int64
	Hash  [sha256.Size]byte // of the last record
}

// Seal returns the records with their places and hashes, as they follow the head, and the head after them.
func Seal(head Head, records []Record) ([]Record, Head) {
	for i := range records {
		head.Count++
		records[i].Chain, records[i].Seq = head.Chain, head.Count
		records[i].Hash = Sum(head.Hash, records[i])
		head.Hash = records[i].Hash
	}
	return records, head
}
