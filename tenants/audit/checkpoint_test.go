package audit

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// plain is a checkpoint as it was signed before there were trees.
func plain(number int64, previous [32]byte, heads ...Head) Signed {
	w := wirePlain{Format: 1, Number: number, At: begin, Previous: previous, Heads: []ArchivedHead{}}
	for _, h := range heads {
		w.Heads = append(w.Heads, ArchivedHead{h.Chain, h.Count, h.Hash})
	}
	text, err := json.Marshal(w)
	if err != nil {
		panic(err)
	}
	return Signed{text, ed25519.Sign(key, text)}
}

func TestCheckpointsOfTheFirstFormatCanStillBeOpened(t *testing.T) {
	t.Parallel()
	head := Head{chain, 7, [32]byte{1}}
	first := plain(1, [32]byte{}, head)
	// As it was written by the code of that time.
	const text = `{"format":1,"number":1,"at":"2030-03-01T12:00:00Z","previous":"0000000000000000000000000000000000000000000000000000000000000000",` +
		`"heads":[{"chain":"01930000-0000-7000-8000-000000000001","count":7,"hash":"0100000000000000000000000000000000000000000000000000000000000000"}]}`
	if string(first.Document) != text {
		t.Fatalf("%s", first.Document)
	}
	line := NewLine(public)
	c, err := line.Next(first)
	if err != nil || !c.Plain || len(c.Heads) != 1 || c.Heads[0] != head || first.Kind() != OfCheckpoint {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = line.Next(signed(key, Checkpoint{Number: 2, At: begin, Previous: first.Sum()})); err != nil || c.Plain {
		t.Errorf("%+v, %v", c, err)
	}
	first.Signature[0]++
	if _, err := OpenCheckpoint(first, public); err == nil {
		t.Error("anybody can sign one")
	}
}

func TestALineOfCheckpointsMissesNone(t *testing.T) {
	t.Parallel()
	one := signed(key, Checkpoint{Number: 1, At: begin})
	two := signed(key, Checkpoint{Number: 2, At: begin, Previous: one.Sum()})
	three := signed(key, Checkpoint{Number: 3, At: begin, Previous: two.Sum()})
	forged := signed(other, Checkpoint{Number: 2, At: begin, Previous: one.Sum(), Chains: 1})
	for what, c := range map[string]struct {
		list []Signed
		want []string
	}{
		"all":         {[]Signed{one, two, three}, []string{"", "", ""}},
		"no first":    {[]Signed{two, three}, []string{"after checkpoint 0 comes 2", ""}},
		"no second":   {[]Signed{one, three}, []string{"", "after checkpoint 1 comes 3"}},
		"swapped":     {[]Signed{one, three, two}, []string{"", "after checkpoint 1 comes 3", "after checkpoint 3 comes 2"}},
		"doubled":     {[]Signed{one, one}, []string{"", "after checkpoint 1 comes 1"}},
		"replaced":    {[]Signed{one, forged, three}, []string{"", "checkpoint 2: ", "after checkpoint 2 comes 3"}},
		"no document": {[]Signed{one, {}, three}, []string{"", "checkpoint 2: ", "after checkpoint 2 comes 3"}},
	} {
		line := NewLine(public)
		for i, s := range c.list {
			if _, err := line.Next(s); (err == nil) != (c.want[i] == "") || err != nil && !strings.Contains(err.Error(), c.want[i]) {
				t.Errorf("%s, %d: err = %v, want %q", what, i+1, err, c.want[i])
			}
		}
	}
}

func TestNoDocumentIsTakenForAnother(t *testing.T) {
	t.Parallel()
	note, err := Restore{At: begin, Backup: begin.Add(-time.Hour), Number: 4, Sum: [32]byte{1}}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	end, err := (Ending{Head: Head{Chain: chain, Count: 4}, At: begin, Number: 4}).Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint := signed(key, Checkpoint{Number: 4, At: begin})
	opens := map[Kind]func(Signed) error{
		OfCheckpoint: func(s Signed) error { _, err := OpenCheckpoint(s, public); return err },
		OfRestore:    func(s Signed) error { _, err := OpenRestore(s, public); return err },
		OfExport:     func(s Signed) error { _, err := OpenEnding(s, public); return err },
	}
	for kind, s := range map[Kind]Signed{OfCheckpoint: checkpoint, OfRestore: note, OfExport: end} {
		if s.Kind() != kind {
			t.Errorf("a %s calls itself %s", kind, s.Kind())
		}
		for as, open := range opens {
			if err := open(s); (err == nil) != (as == kind) {
				t.Errorf("a %s is opened as a %s: %v", kind, as, err)
			}
		}
		s.Document[len(s.Document)-2]++
		if err := opens[kind](s); err == nil {
			t.Errorf("a changed %s opens", kind)
		}
	}
}

func TestARestoreLosesWhatTheBackupDidNotHave(t *testing.T) {
	t.Parallel()
	r := Restore{At: begin, Number: 4}
	for c, want := range map[*Checkpoint]bool{
		{Number: 4, At: begin.Add(-time.Hour)}: false,
		{Number: 5, At: begin.Add(-time.Hour)}: true,
		{Number: 9, At: begin}:                 true,
		{Number: 5, At: begin.Add(1)}:          false,
	} {
		if r.Lost(*c) != want {
			t.Errorf("%+v: %t", c, !want)
		}
	}
}
