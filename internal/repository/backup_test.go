package repository

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestABackupIsReadByteForByte(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want := streams{"database": newTable(1, 20_000).dump(), "file/small": []byte("hello"), "file/empty": {}, "file/large": noise(1, 20<<20),
		"file/again": noise(1, 20<<20), "one byte": {0}}
	m := r.backUp("first", want)
	r.holds("first", want)
	if m.Count != len(want) || m.Size <= 40<<20 || m.Added <= 20<<20 || m.Added > 22<<20 {
		t.Errorf("the manifest says %d streams of %d bytes, of which %d were written: a file that is there twice is kept once", m.Count, m.Size, m.Added)
	}
	if m.Facts["release"] != "7" || m.MadeAt.Unix() != 1_790_000_000 {
		t.Errorf("the manifest has lost what it was told: %+v", m)
	}
}

func TestManyBackupsAreThereAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	table, days := newTable(2, 3000), map[string]streams{}
	for _, day := range []string{"monday", "tuesday", "wednesday"} {
		table.insert(50)
		table.edit(5)
		days[day] = streams{"database": table.dump(), "file/" + day: noise(uint64(len(day)), 1000)}
		r.backUp(day, days[day])
	}
	for day, want := range days {
		r.holds(day, want)
	}
	ids, err := r.r.Backups(t.Context())
	must(t, err)
	if !slices.Equal(ids, []string{"monday", "tuesday", "wednesday"}) {
		t.Errorf("backups are %v", ids)
	}
}

// A day of a workspace: 1 % of the rows are new, and 0.1 % of the old ones are others.
func TestADayCostsLittle(t *testing.T) {
	t.Parallel()
	r := setup(t)
	table := newTable(3, 50_000)
	first := r.backUp("day-0", streams{"database": table.dump()})
	table.insert(500)
	table.edit(50)
	second := r.backUp("day-1", streams{"database": table.dump()})
	if second.Added*20 > first.Added {
		t.Errorf("the first backup took %d bytes, and the day after %d more", first.Added, second.Added)
	}
}

func TestAnUnchangedStreamIsNotReadAgain(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want := streams{"file/a": noise(4, 3<<20), "file/b": []byte("b")}
	m := r.backUp("first", want)
	reader, err := r.r.Reader(t.Context())
	must(t, err)
	b, err := r.r.Begin(t.Context(), "second")
	must(t, err)
	for e, err := range reader.Entries(t.Context(), m) {
		must(t, err)
		if e.Facts["length"] == "" || !b.Again(e) {
			t.Errorf("%+v can't be kept again", e)
		}
	}
	second, err := b.Finish(t.Context(), m.MadeAt, nil)
	must(t, err)
	if second.Added > 4<<10 {
		t.Errorf("%d bytes were written for what was there", second.Added)
	}
	r.holds("second", want)
	must(t, r.r.Forget(t.Context(), "first"))
	must(t, r.r.Forget(t.Context(), "second"))
	_, err = r.r.Sweep(t.Context())
	must(t, err)
	b, err = r.r.Begin(t.Context(), "third")
	must(t, err)
	if b.Again(second.Entries) {
		t.Error("a stream was kept again whose chunks are gone")
	}
}

// What was written before a backup died is found by the next: it doesn't begin from nothing.
func TestABackupGoesOnFromOneThatDied(t *testing.T) {
	t.Parallel()
	r := setup(t)
	data := streams{"database": newTable(5, 400_000).dump()}
	_, err := backUp(t.Context(), open(t, &failing{NewFolder(r.dir), 20}, testKey), "first", data)
	if !errors.Is(err, errCut) {
		t.Fatalf("the backup ended with %v", err)
	}
	if _, err := r.r.Manifest(t.Context(), "first"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of a backup that died there is a manifest: %v", err)
	}
	before, whole := r.size(), setup(t).backUp("first", data).Added
	if m := r.backUp("first", data); m.Added > whole-before*2/3 {
		t.Errorf("%d bytes were there, and %d more were written, as against %d where nothing was there", before, m.Added, whole)
	}
	r.holds("first", data)
}

func TestWhatIsReadIsTheSameHoweverItComes(t *testing.T) {
	t.Parallel()
	r := setup(t)
	data := newTable(6, 5000).dump()
	b, err := r.r.Begin(t.Context(), "first")
	must(t, err)
	whole, err := b.Add(t.Context(), "whole", Fine, bytes.NewReader(data), nil)
	must(t, err)
	slow, err := b.Add(t.Context(), "slow", Fine, &drops{data}, nil)
	must(t, err)
	if !slices.Equal(whole.Chunks, slow.Chunks) {
		t.Error("a stream was cut elsewhere as it came in small pieces")
	}
}

// What would not be read again is refused while it is written: after one such stream no Sweep would succeed any more.
func TestAStreamWithTooManyFactsIsRefused(t *testing.T) {
	t.Parallel()
	r := setup(t)
	b, err := r.r.Begin(t.Context(), "first")
	must(t, err)
	facts := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[fmt.Sprint(i)] = ""
		}
		return all
	}
	_, err = b.Add(t.Context(), "most", Coarse, strings.NewReader("data"), facts(maxFacts))
	must(t, err)
	if _, err := b.Add(t.Context(), "more", Coarse, strings.NewReader("data"), facts(maxFacts+1)); err == nil || !strings.Contains(err.Error(), "65 facts, more than 64") {
		t.Errorf("a stream with 65 facts: %v", err)
	}
	_, err = b.Finish(t.Context(), time.Now(), nil)
	must(t, err)
	r.holds("first", streams{"most": []byte("data")})
	_, err = r.r.Sweep(t.Context())
	must(t, err)
}

type drops struct{ left []byte }

func (d *drops) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), 7)], d.left)
	d.left = d.left[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
