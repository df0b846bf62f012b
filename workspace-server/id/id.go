// Package id owns the identifiers of the chat protocol: 16 bytes, a UUID in the database, 26 letters of z-base32 on
// the wire. It never gives an identifier a meaning beyond its creation order.
package id

import (
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// Length is how many characters every identifier has on the wire.
const Length = 26

const alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769"

var values = func() (table [256]byte) {
	for i := range table {
		table[i] = 0xff
	}
	for i := range len(alphabet) {
		table[alphabet[i]] = byte(i)
	}
	return table
}()

// ErrMalformed says that a text is no identifier: wrong length, a foreign letter, or bits beyond the 128th.
var ErrMalformed = errors.New("an id is 26 characters of z-base32")

// ID is one identifier. The zero ID means "none": NULL in the database, the empty string on the wire.
type ID [16]byte

// New makes an identifier that sorts after those made before it by this process (UUIDv7).
func New() ID {
	return ID(uuid.Must(uuid.NewV7()))
}

// Parse reads the wire form. The empty text is not an identifier.
func Parse(text string) (ID, error) {
	var out ID
	if len(text) != Length {
		return ID{}, ErrMalformed
	}
	var acc uint32
	bits, n := 0, 0
	for i := range Length {
		v := values[text[i]]
		if v == 0xff {
			return ID{}, ErrMalformed
		}
		acc = acc<<5 | uint32(v)
		bits += 5
		if bits >= 8 && n < len(out) {
			bits -= 8
			out[n] = byte(acc >> bits)
			n++
		}
	}
	if acc&3 != 0 || out.IsZero() { // which is written as the empty text, and no other
		return ID{}, ErrMalformed
	}
	return out, nil
}

// IsZero reports whether the ID means "none".
func (i ID) IsZero() bool { return i == ID{} }

// String is the wire form, empty for the zero ID.
func (i ID) String() string {
	var out [Length]byte
	return string(i.Append(out[:0]))
}

// MarshalText lets JSON carry an ID as a value and as a key.
func (i ID) MarshalText() ([]byte, error) { return i.Append(make([]byte, 0, Length)), nil }

// Append appends the wire form.
func (i ID) Append(b []byte) []byte {
	if i.IsZero() {
		return b
	}
	return encode(b, i)
}

// UnmarshalText accepts the wire form, and the empty text for "none".
func (i *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*i = ID{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}

// ScanUUID reads the database's form.
func (i *ID) ScanUUID(v pgtype.UUID) error {
	*i = v.Bytes
	return nil
}

// UUIDValue is the database's form.
func (i ID) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: i, Valid: !i.IsZero()}, nil
}

func encode(b []byte, raw [16]byte) []byte {
	var out [Length]byte
	var acc uint32
	bits, n := 0, 0
	for _, c := range raw {
		acc = acc<<8 | uint32(c)
		bits += 8
		for bits >= 5 {
			bits -= 5
			out[n] = alphabet[acc>>bits&31]
			n++
		}
	}
	out[n] = alphabet[acc<<(5-bits)&31]
	return append(b, out[:]...)
}
