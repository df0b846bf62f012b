package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T) *Dir {
	t.Helper()
	d, err := Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCreateIsGetOrCreate(t *testing.T) {
	t.Parallel()
	d := open(t)
	first, err := d.Create("ws-1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.Create("ws-1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.Create("ws-2")
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != KeySize || !bytes.Equal(first, second) || bytes.Equal(first, other) {
		t.Fatalf("keys: %d bytes, again equal %t, another name equal %t", len(first), bytes.Equal(first, second), bytes.Equal(first, other))
	}
}

func TestConcurrentCreatorsGetTheSameKey(t *testing.T) {
	t.Parallel()
	d := open(t)
	keys := make([][]byte, 32)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			own, err := Open(d.path) // as another process would
			if err != nil {
				t.Error(err)
				return
			}
			if keys[i], err = own.Create("shared"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) {
			t.Fatal("two creators got different keys")
		}
	}
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	if _, err := d.Create("k"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{d.path: 0o700, filepath.Join(d.path, "k"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %#o, want %#o", path, info.Mode().Perm(), want)
		}
	}
	if entries, _ := os.ReadDir(d.path); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestOpenRefusesADirectoryThatOthersMayRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "0700") {
		t.Fatalf("got %v", err)
	}
}

func TestDestroyIsIdempotentAndFinal(t *testing.T) {
	t.Parallel()
	d := open(t)
	before, err := d.Create("k")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Destroy("k"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Get("k"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("after destroy: %v", err)
	}
	after, err := d.Create("k")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before, after) {
		t.Fatal("a destroyed key came back")
	}
}

func TestListNamesKeysInOrder(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, n := range []string{"b", "a_1", "c-2"} {
		if _, err := d.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	names, err := d.List()
	if err != nil || strings.Join(names, " ") != "a_1 b c-2" {
		t.Fatalf("%v %v", names, err)
	}
}

func TestNamesAreChecked(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, n := range []string{"", ".", "..", "../x", "a/b", "A", "ü", "a\x00", strings.Repeat("a", 65)} {
		if _, err := d.Create(n); err == nil || !strings.Contains(err.Error(), "allowed") {
			t.Errorf("Create(%q): %v", n, err)
		}
		if _, err := d.Get(n); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("Get(%q): %v", n, err)
		}
		if err := d.Destroy(n); err == nil {
			t.Errorf("Destroy(%q) went through", n)
		}
	}
}

func TestADamagedKeyFileIsAnErrorNotAKey(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, size := range []int{0, 31, 33} {
		if err := os.WriteFile(filepath.Join(d.path, "k"), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Create("k"); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
