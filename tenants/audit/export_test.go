package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
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
func exported(t *testing.T, n int) string {
	t.Helper()
	var records []Record
	for i := range n {
		records = append(records, Record{ID: uuid.UUID{15: byte(i)}, At: time.UnixMicro(int64(1000 + i)).UTC(), Actor: "per_a", Action: "thing.do",
			Subject: "thing_1", Details: map[string]string{"n": string(rune('a' + i))}})
	}
	sealed, end := Seal(Head{Chain: chain}, records)
	half := Head{Chain: chain, Count: int64(n / 2), Hash: sealed[n/2-1].Hash}
	first, err := Checkpoint{Number: 1, At: time.UnixMicro(1).UTC(), Heads: []Head{half}}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Checkpoint{Number: 2, At: time.UnixMicro(2).UTC(), Previous: first.Sum(), Heads: []Head{end}}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e, err := NewExport(&out, chain, key.Public().(ed25519.PublicKey))
	for _, r := range sealed {
		if err == nil {
			err = e.Event(r)
		}
	}
	if err == nil {
		err = e.End([]Signed{first, second})
	}
	if err != nil {
		t.Fatal(err)
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
	v, err := Verify(strings.NewReader(exported(t, 8)), key.Public().(ed25519.PublicKey))
	if err != nil || v.Chain != chain || v.Events != 8 || v.Covered != 8 || v.Checkpoints != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestEveryTamperingWithAnExportIsFound(t *testing.T) {
	t.Parallel()
	whole := strings.SplitAfter(strings.TrimSuffix(exported(t, 8), "\n"), "\n")
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
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

func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"type":"chain"}`))
	f.Add([]byte(exported(&testing.T{}, 4)))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = Verify(bytes.NewReader(data), nil) })
}
