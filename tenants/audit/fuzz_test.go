package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"
)

// other is the key of somebody else.
var other = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))

// FuzzVerify: no text is an export under our key but one that says, as far as its checkpoints speak, what we exported, byte for byte;
// and none is one under another key.
func FuzzVerify(f *testing.F) {
	whole := exported(4)
	lines := strings.SplitAfter(whole, "\n")
	f.Add([]byte(`{"type":"chain"}`))
	f.Add([]byte(whole))
	f.Add([]byte(strings.Replace(whole, "per_a", "per_b", 1)))
	f.Add([]byte(strings.Replace(whole, `"actor":"per_a"`, `"actor":"per_b","Actor":"per_a"`, 1)))
	f.Add([]byte(strings.Replace(whole, `001002Z`, `0010021Z`, 1)))
	f.Add([]byte(strings.Join(slices.Concat(lines[:5], lines[6:7], []string{strings.Replace(lines[7], "7", "6", 1)}), "")))
	f.Add([]byte(strings.Join(slices.Concat(lines[:3], lines[5:6], []string{`{"type":"end","lines":4}`}), "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Verify(bytes.NewReader(data), other.Public().(ed25519.PublicKey)); err == nil {
			t.Errorf("%q is an export of another installation", data)
		}
		v, err := Verify(bytes.NewReader(data), key.Public().(ed25519.PublicKey))
		if err != nil {
			return
		}
		got := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
		for i := range v.Covered {
			if got[i+1]+"\n" != lines[i+1] {
				t.Errorf("%q was taken for event %d", got[i+1], i+1)
			}
		}
		if v.Covered > v.Events || v.Covered > 4 || v.Checkpoints > 2 || v.Covered > 0 && v.Chain != chain {
			t.Errorf("%q was taken for %+v", data, v)
		}
	})
}

// FuzzForgery: who has an export and no key can't change it so that a checkpoint speaks for what they wrote, however they hash it.
func FuzzForgery(f *testing.F) {
	const events = 4
	f.Add(uint8(1), "per_b", "thing.do", "n", "a", false, uint8(0))
	f.Add(uint8(3), "per_a", "thing.do", "n", "d", false, uint8(1))
	f.Add(uint8(2), "per_a", "thing.undo", "", "", true, uint8(2))
	f.Fuzz(func(t *testing.T, at uint8, actor, action, name, value string, resign bool, left uint8) {
		records, genuine := trail(events)
		changed := &records[at%events]
		before := Sum([32]byte{}, *changed)
		changed.Actor, changed.Action, changed.Details = actor, action, map[string]string{name: value}
		if Sum([32]byte{}, *changed) == before {
			return
		}
		sealed, head := Seal(Head{Chain: chain}, records)
		if resign {
			genuine = []Signed{signed(other, Checkpoint{Number: 1, At: time.UnixMicro(1).UTC(), Heads: []Head{head}})}
		}
		v, err := Verify(strings.NewReader(written(sealed, genuine[:int(left)%(len(genuine)+1)])), key.Public().(ed25519.PublicKey))
		if err == nil && v.Covered > int64(at%events) {
			t.Errorf("event %d was changed, and %d are covered: %+v", at%events+1, v.Covered, v)
		}
	})
}

// FuzzCheckpoint: a checkpoint opens under the key that signed it and no other, and says what was signed.
func FuzzCheckpoint(f *testing.F) {
	good := signed(key, Checkpoint{Number: 1, At: time.UnixMicro(1).UTC(), Heads: []Head{{Chain: chain, Count: 1, Hash: sha256.Sum256(nil)}}})
	f.Add(good.Document, good.Signature)
	for _, document := range []string{`{"format":1}`, `{"format":2}`, `null`, `{"format":1,"heads":[{"hash":"00"}]}`, `{"format":1,"FORMAT":1}`, "{", strings.Repeat("[", 20_000),
		`{"format":1,"previous":"` + strings.Repeat("00", 32) + `","heads":[{"chain":"x"}]}`} {
		f.Add([]byte(document), []byte{})
	}
	f.Fuzz(func(t *testing.T, document, signature []byte) {
		if c, err := (Signed{document, signature}).Open(key.Public().(ed25519.PublicKey)); err == nil && !bytes.Equal(document, good.Document) {
			t.Errorf("%q was never signed, and opens as %+v", document, c)
		}
		c, err := (Signed{document, ed25519.Sign(key, document)}).Open(key.Public().(ed25519.PublicKey))
		if err != nil {
			return
		}
		again, err := c.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := again.Open(key.Public().(ed25519.PublicKey)); err != nil || back.Number != c.Number || !back.At.Equal(c.At) || back.Previous != c.Previous || !slices.Equal(back.Heads, c.Heads) {
			t.Errorf("%q says %+v, and that says %+v, %v", document, c, back, err)
		}
	})
}

// FuzzSum: two records have the same hash only if they say the same.
func FuzzSum(f *testing.F) {
	f.Add("a", "b", "c", "d", int64(1), "a", "b", "c", "d", int64(1))
	f.Add("ab", "", "x", "y", int64(1), "a", "b", "x", "y", int64(1))
	f.Add("a", "b", "", "y", int64(-1), "a", "b", "y", "", int64(-1))
	f.Fuzz(func(t *testing.T, actor, subject, name, value string, at int64, actor2, subject2, name2, value2 string, at2 int64) {
		one := Record{Seq: 1, At: time.UnixMicro(at), Actor: actor, Subject: subject, Details: map[string]string{name: value}}
		two := Record{Seq: 1, At: time.UnixMicro(at2), Actor: actor2, Subject: subject2, Details: map[string]string{name2: value2}}
		same := actor == actor2 && subject == subject2 && name == name2 && value == value2 && at == at2
		if (Sum([32]byte{}, one) == Sum([32]byte{}, two)) != same {
			t.Errorf("%+v and %+v", one, two)
		}
	})
}
