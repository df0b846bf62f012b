package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

var (
	key   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	chain = uuid.MustParse("01930000-0000-7000-8000-000000000001")
)

// exported is an export of n events, with a checkpoint after half of them and one at the end.
func exported(n int) string { return written(trail(n)) }

// trail is n sealed events, and a checkpoint after half of them and one at the end.
func trail(n int) ([]Record, []Signed) {
	var records []Record
	for i := range n {
		records = append(records, Record{ID: uuid.UUID{15: byte(i)}, At: time.UnixMicro(int64(1000 + i)).UTC(), Actor: "per_a", Action: "thing.do",
			Subject: "thing_1", Details: map[string]string{"n": string(rune('a' + i))}})
	}
	sealed, end := Seal(Head{Chain: chain}, records)
	half := Head{Chain: chain, Count: int64(n / 2), Hash: sealed[n/2-1].Hash}
	first := signed(key, Checkpoint{Number: 1, At: time.UnixMicro(1).UTC(), Heads: []Head{half}})
	return sealed, []Signed{first, signed(key, Checkpoint{Number: 2, At: time.UnixMicro(2).UTC(), Previous: first.Sum(), Heads: []Head{end}})}
}

func signed(by ed25519.PrivateKey, c Checkpoint) Signed {
	s, err := c.Sign(by)
	if err != nil {
		panic(err) // it has a form that encodes
	}
	return s
}

// written is the export of a trail.
func written(sealed []Record, checkpoints []Signed) string {
	var out bytes.Buffer
	e, err := NewExport(&out, chain, key.Public().(ed25519.PublicKey))
	for _, r := range sealed {
		err = errors.Join(err, e.Event(r))
	}
	if err = errors.Join(err, e.End(checkpoints)); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.String()
}

func TestAHashIsWhatTheDocumentationSays(t *testing.T) {
	t.Parallel()
	r := Record{Chain: chain, Seq: 2, ID: uuid.UUID{0: 9}, At: time.UnixMicro(1_700_000_000_000_001), Actor: "a", Action: "b", Subject: "", RequestID: "req_1",
		Details: map[string]string{"z": "1", "a": "é"}}
	// Computed by another program from the description in docs/audit.md.
	const want = "d97910d1b18c5de9b52985c258da7893e2c2e379adcf19bbb947c965e355ae3e"
	if got := Sum([32]byte{31: 5}, r); hex.EncodeToString(got[:]) != want {
		t.Errorf("hash %x, want %s", got, want)
	}
}

func TestAnExportIsVerifiedWithoutAServer(t *testing.T) {
	t.Parallel()
	v, err := Verify(strings.NewReader(exported(8)), key.Public().(ed25519.PublicKey))
	if err != nil || v.Chain != chain || v.Events != 8 || v.Covered != 8 || v.Checkpoints != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestEveryTamperingWithAnExportIsFound(t *testing.T) {
	t.Parallel()
	whole := strings.SplitAfter(strings.TrimSuffix(exported(8), "\n"), "\n")
	other := other.Public().(ed25519.PublicKey)
	replaced := func(line int, old, new string) []string {
		if !strings.Contains(whole[line], old) {
			t.Fatalf("line %d has no %s: %s", line, old, whole[line])
		}
		return slices.Concat(whole[:line], []string{strings.Replace(whole[line], old, new, 1)}, whole[line+1:])
	}
	without := func(lines ...int) (left []string) {
		for i, l := range whole {
			if !slices.Contains(lines, i) {
				left = append(left, l)
			}
		}
		return left
	}
	swapped := func(a, b int) []string {
		lines := slices.Clone(whole)
		lines[a], lines[b] = lines[b], lines[a]
		return lines
	}
	last := len(whole) - 1
	for what, c := range map[string]struct {
		lines []string
		key   ed25519.PublicKey
		want  string
	}{
		"an actor":            {replaced(3, "per_a", "per_b"), nil, "event 3: was changed"},
		"a detail":            {replaced(8, `"n":"h"`, `"n":"i"`), nil, "event 8: was changed"},
		"a time":              {replaced(3, "1970-01-01", "1970-01-02"), nil, "event 3: was changed"},
		"an id":               {replaced(3, "0002", "0003"), nil, "event 3: was changed"},
		"a number":            {replaced(3, `"seq":3`, `"seq":4`), nil, "event 3: is missing, doubled"},
		"the first gone":      {append(without(1, last), strings.Replace(whole[last], "11", "10", 1)), nil, "event 1: is missing"},
		"one gone":            {append(without(4, last), strings.Replace(whole[last], "11", "10", 1)), nil, "event 4: is missing"},
		"the last gone":       {append(without(8, last), strings.Replace(whole[last], "11", "10", 1)), nil, "the chain had 8 events"},
		"a line gone":         {without(4), nil, "out of place, or some are missing"},
		"the end gone":        {without(last), nil, "cut off"},
		"cut off":             {whole[:5], nil, "cut off"},
		"cut in a line":       {append(slices.Clone(whole[:4]), whole[4][:20]), nil, "not readable"},
		"two swapped":         {swapped(2, 3), nil, "event 2: is missing, doubled"},
		"one doubled":         {slices.Concat(whole[:3], whole[2:]), nil, "out of place"},
		"a checkpoint gone":   {append(without(10, last), strings.Replace(whole[last], "11", "10", 1)), nil, ""},
		"the first gone too":  {append(without(9, last), strings.Replace(whole[last], "11", "10", 1)), nil, ""},
		"checkpoints swapped": {swapped(9, 10), nil, "does not follow it"},
		"another key":         {whole, other, "of another installation"},
		"a property twice":    {replaced(3, `"actor":"per_a"`, `"actor":"per_b","actor":"per_a"`), nil, "form of an export"},
		"in other capitals":   {replaced(3, `"actor":"per_a"`, `"actor":"per_b","Actor":"per_a"`), nil, "form of an export"},
		"something more":      {replaced(3, `"actor":"per_a"`, `"actor":"per_a","remark":"x"`), nil, "form of an export"},
		"a finer time":        {replaced(3, `001002Z`, `0010021Z`), nil, "form of an export"},
		"an upper-case hash":  {replaced(3, `"hash":"`, `"hash":"A`), nil, "is not a hash"},
		"something behind":    {slices.Concat(whole[:last], []string{whole[last] + "\n"}, whole[1:2]), nil, "comes after the end"},
	} {
		_, err := Verify(strings.NewReader(strings.Join(c.lines, "")), c.key)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", what, err) // the other checkpoint speaks for what is left
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: err = %v, want %s", what, err, c.want)
		}
	}
}

// A checkpoint speaks of all chains of an installation, however many tenants it has.
func TestAnExportOfALargeInstallationIsVerified(t *testing.T) {
	t.Parallel()
	c := Checkpoint{Number: 1, At: time.UnixMicro(1).UTC()}
	for i := range 20_000 {
		c.Heads = append(c.Heads, Head{Chain: uuid.UUID{14: byte(i >> 8), 15: byte(i)}, Count: 1_000_000})
	}
	signed, err := c.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e, err := NewExport(&out, chain, key.Public().(ed25519.PublicKey))
	if err == nil {
		err = e.End([]Signed{signed})
	}
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(&out, nil); err != nil || v.Checkpoints != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}
