package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzVerify: no text is an export under our key but, byte for byte, what we exported; and none is one under another key.
func FuzzVerify(f *testing.F) {
	whole := exported(4)
	lines := strings.SplitAfter(whole, "\n")
	f.Add([]byte(`{"type":"chain"}`))
	f.Add([]byte(whole))
	f.Add([]byte(strings.Replace(whole, "per_a", "per_b", 1)))
	f.Add([]byte(strings.Replace(whole, `"actor":"per_a"`, `"actor":"per_b","Actor":"per_a"`, 1)))
	f.Add([]byte(strings.Replace(whole, `:02:00Z`, `:02:00.0000001Z`, 1)))
	f.Add([]byte(strings.ReplaceAll(whole, "\n", "\r\n")))
	f.Add([]byte(strings.Join(slices.Concat(lines[:3], lines[len(lines)-2:]), "")))
	f.Add([]byte(strings.Join(slices.Concat(lines[:1], lines[len(lines)-2:]), "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Verify(bytes.NewReader(data), other.Public().(ed25519.PublicKey)); err == nil {
			t.Errorf("%q is an export of another installation", data)
		}
		if v, err := Verify(bytes.NewReader(data), public); err == nil && string(data) != whole {
			t.Errorf("%q was taken for %+v", data, v)
		}
	})
}

// FuzzForgery: who has an export and no key can't change it, however they hash it.
func FuzzForgery(f *testing.F) {
	const events = 4
	f.Add(uint8(1), "per_b", "thing.do", "n", "a", false, uint8(0))
	f.Add(uint8(3), "per_a", "thing.do", "n", "d", false, uint8(1))
	f.Add(uint8(2), "per_a", "thing.undo", "", "", true, uint8(2))
	f.Fuzz(func(t *testing.T, at uint8, actor, action, name, value string, resign bool, left uint8) {
		list := records(events)
		genuine := newTrail(list)
		before := genuine.sealed[at%events]
		changed := slices.Clone(genuine.sealed)
		changed[at%events].Actor, changed[at%events].Action, changed[at%events].Details = actor, action, map[string]string{name: value}
		if Sum([32]byte{}, before) == Sum([32]byte{}, changed[at%events]) {
			return
		}
		forged, by := newTrail(changed), key
		if resign {
			by = other
		}
		for range left % 3 {
			forged.checkpoint(by, events, begin)
		}
		text := forged.written(other) // whose key is put in the place of ours
		theirs, ours := forged.written(other), exported(events)
		end := ours[strings.LastIndex(strings.TrimSuffix(ours, "\n"), "\n")+1:]
		text = strings.SplitAfter(ours, "\n")[0] + text[strings.Index(text, "\n")+1:strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1]
		for _, text := range []string{theirs, text, text + end} {
			if v, err := Verify(strings.NewReader(text), public); err == nil {
				t.Errorf("event %d was changed: %+v", at%events+1, v)
			}
		}
	})
}

// FuzzCheckpoint: a checkpoint opens under the key that signed it and no other, and says what was signed.
func FuzzCheckpoint(f *testing.F) {
	good := signed(key, Checkpoint{Number: 1, At: begin, Since: begin.Add(-time.Hour), Chains: 3, Root: [32]byte{1}})
	f.Add(good.Document, good.Signature)
	for _, document := range []string{`{"format":1}`, `{"format":2}`, `null`, `{"format":1,"heads":[{"hash":"00"}]}`, `{"format":1,"FORMAT":1}`, "{", strings.Repeat("[", 20_000),
		`{"format":1,"previous":"` + strings.Repeat("00", 32) + `","heads":[{"chain":"x"}]}`, `{"format":2,"kind":"checkpoint","chains":-1}`, `{"format":2,"kind":"export","number":1}`} {
		f.Add([]byte(document), []byte{})
	}
	f.Fuzz(func(t *testing.T, document, signature []byte) {
		if c, err := OpenCheckpoint(Signed{document, signature}, public); err == nil && !bytes.Equal(document, good.Document) {
			t.Errorf("%q was never signed, and opens as %+v", document, c)
		}
		if a := (Archived{Signed: Signed{document, signature}}); a.Kind() == "" && !json.Valid(document) && len(a.AllHeads()) > 0 {
			t.Errorf("%q has heads", document)
		}
		c, err := OpenCheckpoint(Signed{document, ed25519.Sign(key, document)}, public)
		if err != nil || c.Plain {
			return
		}
		again, err := c.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := OpenCheckpoint(again, public)
		if err != nil || back.Number != c.Number || !back.At.Equal(c.At) || !back.Since.Equal(c.Since) || back.Previous != c.Previous || back.Chains != c.Chains || back.Root != c.Root {
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
