package id

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestWireFormRoundTrips(t *testing.T) {
	t.Parallel()
	for range 10_000 {
		want := ID(uuid.New())
		got, err := Parse(want.String())
		if err != nil || got != want {
			t.Fatalf("%v became %q became %v (%v)", want, want.String(), got, err)
		}
	}
}

func TestNewIDsSortInOrderOfCreation(t *testing.T) {
	t.Parallel()
	last := New()
	for range 1000 {
		next := New()
		if bytes.Compare(next[:], last[:]) <= 0 {
			t.Fatalf("%x does not sort after %x", next, last)
		}
		last = next
	}
}

func TestParseRefusesWhatNoServerMade(t *testing.T) {
	t.Parallel()
	good := New().String()
	for _, bad := range []string{"", good[1:], good + "y", good[:25] + "n", good[:25] + "l", "../../../../../../../etc/pw", good[:25] + "\x00", strings.Repeat("y", 26)} {
		if _, err := Parse(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("Parse(%q) = %v, want ErrMalformed", bad, err)
		}
	}
}

func TestZeroIDIsTheEmptyText(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(struct{ Root ID }{})
	if err != nil || string(raw) != `{"Root":""}` {
		t.Fatalf("got %s (%v)", raw, err)
	}
	var back struct{ Root ID }
	if err := json.Unmarshal(raw, &back); err != nil || !back.Root.IsZero() {
		t.Fatalf("got %v (%v)", back, err)
	}
}

func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	a, b := Token(), Token()
	if a == b || len(a) != Length || bytes.Equal(Digest(a), Digest(b)) {
		t.Fatalf("tokens %q and %q", a, b)
	}
}

// FuzzParse: an id has one form.
func FuzzParse(f *testing.F) {
	f.Add("")
	f.Add(New().String())
	f.Add("yyyyyyyyyyyyyyyyyyyyyyyyyy")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err == nil && got.String() != text {
			t.Fatalf("Parse(%q) = %v, which is written %q", text, got, got)
		}
	})
}
