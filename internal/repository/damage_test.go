package repository

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyItsKeyOpensARepository(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.backUp("first", streams{"database": []byte("secret rows, secret rows")})
	for _, file := range r.files() {
		data, err := os.ReadFile(file)
		must(t, err)
		if bytes.Contains(data, []byte("secret")) || bytes.Contains(data, []byte("database")) {
			t.Errorf("%s is readable", file)
		}
	}
	other := open(t, NewFolder(r.dir), [KeySize]byte{9})
	if _, err := other.Manifest(t.Context(), "first"); !errors.Is(err, ErrWrongKey) {
		t.Errorf("with another key the manifest gives %v", err)
	}
	if _, err := other.Begin(t.Context(), "second"); !errors.Is(err, ErrWrongKey) {
		t.Errorf("with another key a backup begins: %v", err)
	}
	if _, err := other.Sweep(t.Context()); !errors.Is(err, ErrWrongKey) {
		t.Errorf("with another key a sweep gives %v", err)
	}
	r.holds("first", streams{"database": []byte("secret rows, secret rows")})
}

// Each object is spoilt in each way: whoever reads learns which, and gets nothing.
func TestDamageIsNamed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	want := streams{"database": newTable(7, 30_000).dump(), "file": noise(7, 5<<20)}
	r.backUp("first", want)
	r.backUp("other", streams{"file": noise(8, 300_000)})
	all := r.files()
	ways := map[string]func(t *testing.T, file string){
		"a bit is turned": func(t *testing.T, file string) {
			change(t, file, func(data []byte) []byte { data[len(data)-20] ^= 1; return data })
		},
		"its end is missing": func(t *testing.T, file string) {
			change(t, file, func(data []byte) []byte { return data[:len(data)*2/3] })
		},
		"it is empty": func(t *testing.T, file string) { change(t, file, func([]byte) []byte { return nil }) },
		"something follows": func(t *testing.T, file string) {
			change(t, file, func(data []byte) []byte { return append(data, 'x') })
		},
		"it is gone":          func(t *testing.T, file string) { must(t, os.Remove(file)) },
		"it is another's":     func(t *testing.T, file string) { swap(t, file, all, false) },
		"it is one of a kind": func(t *testing.T, file string) { swap(t, file, all, true) },
	}
	for way, spoil := range ways {
		for _, file := range all {
			what := strings.TrimPrefix(file, r.dir+"/")
			t.Run(way+"/"+what, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				must(t, os.CopyFS(dir, os.DirFS(r.dir)))
				spoil(t, filepath.Join(dir, what))
				spoilt := open(t, NewFolder(dir), testKey)
				read := 0
				for id, whole := range map[string]streams{"first": want, "other": {"file": noise(8, 300_000)}} {
					got, err := restore(t.Context(), spoilt, id)
					if verified := verify(t.Context(), spoilt, id); (verified == nil) != (err == nil) {
						t.Errorf("%s is verified: %v; reading it gives %v", id, verified, err)
					}
					if err == nil {
						must(t, same(got, whole)) // it needs nothing of what is spoilt
						read++
						continue
					}
					if !namesObject(err, what) {
						t.Errorf("reading %s gives %v", id, err)
					}
				}
				if read == 2 {
					t.Error("nobody noticed")
				}
			})
		}
	}
}

// namesObject reports whether an error is of this object. Of a lost index nobody knows, but that chunks are in none.
func namesObject(err error, object string) bool {
	if damage := (*Damage)(nil); errors.As(err, &damage) {
		return damage.Object == object || strings.HasPrefix(object, indexFolder) && strings.HasPrefix(damage.Object, "chunk ")
	}
	return errors.Is(err, ErrNotFound) && strings.Contains(err.Error(), object)
}

func change(t *testing.T, file string, how func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, how(data), 0o600))
}

// swap puts another object in the place of one, of the same folder or of another.
func swap(t *testing.T, file string, all []string, kind bool) {
	t.Helper()
	folder := filepath.Base(filepath.Dir(file))
	for _, other := range all {
		if filepath.Base(other) != filepath.Base(file) && (filepath.Base(filepath.Dir(other)) == folder) == kind {
			data, err := os.ReadFile(other)
			must(t, err)
			must(t, os.WriteFile(file, data, 0o600))
			return
		}
	}
	t.Fatal("there is no other")
}

func TestTheKeyForAgeIsWhatAgeReads(t *testing.T) {
	t.Parallel()
	// BIP 173 has this one of a valid string without data.
	if got := strings.ToLower(bech32("A", nil)); got != "a12uel5l" {
		t.Errorf("bech32 gives %s", got)
	}
	key, err := Identity(testKey)
	must(t, err)
	if !strings.HasPrefix(key, "AGE-SECRET-KEY-1") || len(key) != 74 {
		t.Errorf("the key has %d characters", len(key))
	}
}

func TestBackupsHaveNamesThatAreNames(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, id := range []string{"", "../up", "A", "a/b", strings.Repeat("a", 81)} {
		if _, err := r.r.Begin(t.Context(), id); err == nil || !strings.Contains(err.Error(), "allowed") {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := r.r.Manifest(t.Context(), id); err == nil {
			t.Errorf("%q has a manifest", id)
		}
		if err := r.r.Forget(t.Context(), id); err == nil {
			t.Errorf("%q was forgotten", id)
		}
	}
}
