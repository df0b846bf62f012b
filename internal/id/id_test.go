package id_test

import (
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

func TestShowAndParseAreInverse(t *testing.T) {
	t.Parallel()
	for range 1000 {
		u := id.New()
		got, err := id.Parse(id.Workspace, id.Show(id.Workspace, u))
		if err != nil || got != u {
			t.Fatalf("Parse(Show(%s)) = %s, %v", u, got, err)
		}
	}
}

func TestShownIdentifiersSortByTime(t *testing.T) {
	t.Parallel()
	var shown []string
	for range 100 {
		shown = append(shown, id.Show(id.Operation, id.New()))
	}
	if !sort.StringsAreSorted(shown) {
		t.Fatal("identifiers made one after another do not sort in that order")
	}
}

func TestIdentifiersByAnotherClockAreOfItsTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	next := id.By(func() time.Time { return at })
	before := uuid.Nil
	for i := range 10_000 {
		u := next()
		sec, _ := u.Time().UnixTime()
		if u.String() <= before.String() || u.Version() != 7 || u.Variant() != uuid.RFC4122 || sec < at.Unix() || sec > at.Unix()+10 {
			t.Fatalf("number %d is %s after %s, of second %d", i, u, before, sec)
		}
		before = u
	}
	at = at.Add(-time.Hour)
	if u := next(); u.String() <= before.String() {
		t.Errorf("%s comes after %s once the clock was put back", u, before)
	}
}

func TestParseRefusesWhatShowNeverMakes(t *testing.T) {
	t.Parallel()
	good := id.Show(id.Workspace, uuid.Max)
	for name, s := range map[string]string{
		"empty":               "",
		"other prefix":        id.Show(id.Tenant, uuid.Max),
		"upper case":          strings.ToUpper(good),
		"short":               good[:len(good)-1],
		"long":                good + "0",
		"letter outside":      good[:len(good)-1] + "u",
		"trailing bits set":   good[:len(good)-1] + "z",
		"newline":             good[:10] + "\n" + good[11:],
		"no prefix":           good[3:],
		"very long":           strings.Repeat("a", 10000),
		"line break in front": "\n" + good,
	} {
		if _, err := id.Parse(id.Workspace, s); err == nil {
			t.Errorf("%s: %q was accepted", name, s)
		} else if len(err.Error()) > 150 {
			t.Errorf("%s: the error repeats all of the input", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(id.Show(id.Workspace, uuid.Max))
	f.Add("ws_")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := id.Parse(id.Workspace, s)
		if err == nil && id.Show(id.Workspace, u) != s {
			t.Fatalf("%q parsed to %s, which is shown as %q", s, u, id.Show(id.Workspace, u))
		}
	})
}
