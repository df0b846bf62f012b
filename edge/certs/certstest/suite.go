// Package certstest owns what every storage of TLS certificates must hold to, and a control plane of a few lines for tests of the edge
// alone, which holds to it too. It is never part of a program.
package certstest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
)

// Storage runs the suite. Each call of open returns the same storage, as another edge sees it.
func Storage(t *testing.T, open func(t *testing.T) certmagic.Storage) {
	one, other := open(t), open(t)
	values(t, one, other)
	folders(t, one)
	locks(t, one, other)
}

func values(t *testing.T, one, other certmagic.Storage) {
	ctx, key := t.Context(), "certificates/local/a.example/a.example.key"
	if _, err := one.Load(ctx, key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("load what isn't there: %v", err)
	}
	for _, value := range [][]byte{{}, []byte("secret"), bytes.Repeat([]byte{0, 255, '\n'}, 20_000)} {
		must(t, one.Store(ctx, key, value))
		if got, err := other.Load(ctx, key); err != nil || !bytes.Equal(got, value) {
			t.Errorf("%d bytes came back as %d, %v", len(value), len(got), err)
		}
		info, err := other.Stat(ctx, key)
		if err != nil || info.Key != key || info.Size != int64(len(value)) || !info.IsTerminal || info.Modified.IsZero() {
			t.Errorf("stat: %+v, %v", info, err)
		}
	}
	odd := "acme/ca.example-dir/users/ops+a%20b@example.com/ä?&#.json"
	must(t, one.Store(ctx, odd, []byte("x")))
	if got, err := other.Load(ctx, odd); err != nil || string(got) != "x" {
		t.Errorf("an odd key: %q, %v", got, err)
	}
	must(t, one.Delete(ctx, odd))
	must(t, one.Delete(ctx, odd)) // nothing there is success
	if other.Exists(ctx, odd) || !other.Exists(ctx, key) {
		t.Error("what was removed is there, or what was not isn't")
	}
	must(t, one.Delete(ctx, "certificates"))
}

func folders(t *testing.T, s certmagic.Storage) {
	ctx := t.Context()
	for _, key := range []string{"a/b/1", "a/b/2", "a/c", "ab/d", "a_/e"} {
		must(t, s.Store(ctx, key, []byte(key)))
	}
	for _, c := range []struct {
		under     string
		recursive bool
		want      []string
	}{
		{"a", false, []string{"a/b", "a/c"}},
		{"a", true, []string{"a/b", "a/b/1", "a/b/2", "a/c"}},
		{"a/b", false, []string{"a/b/1", "a/b/2"}},
		{"a_", true, []string{"a_/e"}}, // _ stands for nothing but itself
	} {
		if got, err := s.List(ctx, c.under, c.recursive); err != nil || !slices.Equal(sorted(got), c.want) {
			t.Errorf("list %q, recursive %t: %q, %v; want %q", c.under, c.recursive, got, err, c.want)
		}
	}
	if list, err := s.List(ctx, "nothing", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("list what isn't there: %q, %v", list, err)
	}
	if info, err := s.Stat(ctx, "a/b"); err != nil || info.IsTerminal || info.Key != "a/b" {
		t.Errorf("stat a folder: %+v, %v", info, err)
	}
	if _, err := s.Load(ctx, "a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("load a folder: %v", err)
	}
	if _, err := s.Stat(ctx, "a/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat what isn't there: %v", err)
	}
	must(t, s.Delete(ctx, "a"))
	for key, want := range map[string]bool{"a": false, "a/b/1": false, "ab/d": true, "a_/e": true} {
		if got := s.Exists(ctx, key); got != want {
			t.Errorf("after its folder went, %s exists: %t", key, got)
		}
	}
}

func locks(t *testing.T, one, other certmagic.Storage) {
	ctx := t.Context()
	must(t, one.Lock(ctx, "issue a.example"))
	must(t, other.Lock(ctx, "issue b.example")) // another one
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if err := other.Lock(short, "issue a.example"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that somebody has: %v", err)
	}
	if err := other.Unlock(ctx, "issue a.example"); err == nil {
		t.Error("a lock was given back by somebody who hasn't got it")
	}
	got := make(chan error)
	go func() { got <- other.Lock(ctx, "issue a.example") }()
	must(t, one.Unlock(ctx, "issue a.example"))
	must(t, <-got)
	must(t, other.Unlock(ctx, "issue a.example"))
	must(t, other.Unlock(ctx, "issue b.example"))
	alone(t, one, other)
}

// alone lets many do what only one may do at a time.
func alone(t *testing.T, storages ...certmagic.Storage) {
	var all sync.WaitGroup
	inside := make(chan struct{}, 1)
	for i := range 6 {
		s := storages[i%len(storages)]
		all.Go(func() {
			if err := s.Lock(t.Context(), "alone"); err != nil {
				t.Error(err)
				return
			}
			select {
			case inside <- struct{}{}:
				<-inside
			default:
				t.Error("two have one lock")
			}
			if err := s.Unlock(t.Context(), "alone"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
