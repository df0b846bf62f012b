package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var testKey = [KeySize]byte{1, 2, 3}

// rig is a repository in a folder.
type rig struct {
	t   *testing.T
	dir string
	r   *Repository
}

func setup(t *testing.T) rig {
	t.Helper()
	dir := t.TempDir()
	return rig{t, dir, open(t, NewFolder(dir), testKey)}
}

func open(t *testing.T, objects Objects, key [KeySize]byte) *Repository {
	t.Helper()
	r, err := Open(objects, key)
	must(t, err)
	return r
}

// streams are what a backup holds; those whose name begins with "file" are cut coarsely.
type streams map[string][]byte

func backUp(ctx context.Context, r *Repository, id string, all streams) (Manifest, error) {
	b, err := r.Begin(ctx, id)
	if err != nil {
		return Manifest{}, err
	}
	for name, data := range all {
		cut := Fine
		if strings.HasPrefix(name, "file") {
			cut = Coarse
		}
		if _, err := b.Add(ctx, name, cut, bytes.NewReader(data), map[string]string{"length": fmt.Sprint(len(data))}); err != nil {
			return Manifest{}, err
		}
	}
	return b.Finish(ctx, time.Unix(1_790_000_000, 0), map[string]string{"release": "7"})
}

func (r rig) backUp(id string, all streams) Manifest {
	r.t.Helper()
	m, err := backUp(r.t.Context(), r.r, id, all)
	must(r.t, err)
	return m
}

// restore reads everything of a backup.
func restore(ctx context.Context, r *Repository, id string) (streams, error) {
	m, err := r.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	reader, err := r.Reader(ctx)
	if err != nil {
		return nil, err
	}
	all := streams{}
	for e, err := range reader.Entries(ctx, m) {
		if err != nil {
			return nil, err
		}
		if all[e.Name], err = io.ReadAll(reader.Open(ctx, e)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func verify(ctx context.Context, r *Repository, id string) error {
	m, err := r.Manifest(ctx, id)
	if err != nil {
		return err
	}
	reader, err := r.Reader(ctx)
	if err != nil {
		return err
	}
	return reader.Verify(ctx, m)
}

func (r rig) holds(id string, want streams) {
	r.t.Helper()
	got, err := restore(r.t.Context(), r.r, id)
	must(r.t, err)
	if err := same(got, want); err != nil {
		r.t.Fatalf("backup %s: %v", id, err)
	}
}

func same(got, want streams) error {
	if len(got) != len(want) {
		return fmt.Errorf("it has %d streams instead of %d", len(got), len(want))
	}
	for name, data := range want {
		if !bytes.Equal(got[name], data) {
			return fmt.Errorf("%s has %d bytes that differ from the %d that were backed up", name, len(got[name]), len(data))
		}
	}
	return nil
}

// size is what all objects take.
func (r rig) size() (bytes int64) {
	r.t.Helper()
	for _, file := range r.files() {
		info, err := os.Stat(file)
		must(r.t, err)
		bytes += info.Size()
	}
	return bytes
}

func (r rig) files() (all []string) {
	r.t.Helper()
	must(r.t, filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	}))
	return all
}

// table is a database's dump: rows of some 200 bytes, of which each has a number and little that compresses.
type table struct {
	rand *rand.Rand
	rows []string
}

func newTable(seed uint64, rows int) *table {
	t := &table{rand: rand.New(rand.NewPCG(seed, 0))}
	t.insert(rows)
	return t
}

func (t *table) row() string {
	text := make([]byte, 24)
	for i := range text {
		text[i] = byte('a' + t.rand.IntN(26))
	}
	return fmt.Sprintf("%s\t%d\tsomebody says something, as people do, %s\t{}\t[]\tf\n", text, t.rand.Int64(), strings.Repeat("and so on ", t.rand.IntN(10)))
}

func (t *table) insert(rows int) {
	for range rows {
		t.rows = append(t.rows, t.row())
	}
}

// edit has rows here and there be others, which come last, as PostgreSQL does it.
func (t *table) edit(rows int) {
	for range rows {
		i := t.rand.IntN(len(t.rows))
		edited := "e" + t.rows[i]
		t.rows = append(append(t.rows[:i:i], t.rows[i+1:]...), edited)
	}
}

func (t *table) dump() []byte { return []byte(strings.Join(t.rows, "")) }

func noise(seed uint64, size int) []byte {
	source := rand.NewChaCha8([32]byte{byte(seed)})
	data := make([]byte, size)
	_, _ = source.Read(data)
	return data
}

var errCut = errors.New("the power is gone")

// failing are objects of which nothing more is done after so many writes.
type failing struct {
	Objects
	left int
}

func (f *failing) may() error {
	if f.left--; f.left < 0 {
		return errCut
	}
	return nil
}

func (f *failing) Put(ctx context.Context, name string, data []byte) error {
	if err := f.may(); err != nil {
		return err
	}
	return f.Objects.Put(ctx, name, data)
}

func (f *failing) Delete(ctx context.Context, name string) error {
	if err := f.may(); err != nil {
		return err
	}
	return f.Objects.Delete(ctx, name)
}
