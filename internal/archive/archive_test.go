package archive

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// box is an archive of two parts, and who can open it.
type box struct {
	path, dir string
	keys      []age.Identity
	manifest  Manifest
}

func setup(t *testing.T) box {
	t.Helper()
	b := box{dir: t.TempDir()}
	b.path = filepath.Join(b.dir, "box")
	key, err := age.GenerateX25519Identity()
	must(t, err)
	b.keys = []age.Identity{key}
	file := filepath.Join(b.dir, "dump")
	must(t, os.WriteFile(file, bytes.Repeat([]byte("row\n"), 50_000), 0o600))
	b.manifest, err = Write(b.path, []age.Recipient{key.Recipient()}, time.Unix(0, 0), map[string]string{"schema": "8"},
		[]Part{{Name: "database/dump", File: file}, {Name: "keys/one", Data: []byte("secret of one")}})
	must(t, err)
	return b
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	to := t.TempDir()
	m, err := Unpack(b.path, b.keys, to)
	must(t, err)
	if m.Facts["schema"] != "8" || len(m.Parts) != 2 || !m.MadeAt.Equal(time.Unix(0, 0)) {
		t.Errorf("%+v", m)
	}
	if got, err := os.ReadFile(filepath.Join(to, "keys", "one")); err != nil || string(got) != "secret of one" {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(filepath.Join(to, "database", "dump")); err != nil || info.Size() != 200_000 || info.Mode() != 0o600 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestNothingIsInTheClearAndNothingIsOverwritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	data, err := os.ReadFile(b.path)
	must(t, err)
	for _, secret := range []string{"secret of one", "keys/one", "schema"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%q can be read", secret)
		}
	}
	if info, err := os.Stat(b.path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%+v, %v", info, err)
	}
	key, err := age.GenerateX25519Identity()
	must(t, err)
	if _, err := Write(b.path, []age.Recipient{key.Recipient()}, time.Now(), nil, nil); err == nil || !strings.Contains(err.Error(), "it is not overwritten") {
		t.Errorf("err = %v", err)
	}
	if after, err := os.ReadFile(b.path); err != nil || !bytes.Equal(after, data) {
		t.Errorf("it was changed: %v", err)
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key, err := age.GenerateX25519Identity()
	must(t, err)
	if _, err := Verify(b.path, []age.Identity{key}); err == nil || !strings.Contains(err.Error(), "was not encrypted for this") {
		t.Errorf("err = %v", err)
	}
}

func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	whole, err := os.ReadFile(b.path)
	must(t, err)
	for _, at := range []int{0, 50, 300, len(whole) / 2, len(whole) - 1} {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		must(t, os.WriteFile(b.path, damaged, 0o600))
		if _, err := Verify(b.path, b.keys); err == nil {
			t.Errorf("a bit at %d is not missed", at)
		}
	}
	for _, length := range []int{0, 10, 300, 64 << 10, 65<<10 + 500, len(whole) / 2, len(whole) - 1} {
		must(t, os.WriteFile(b.path, whole[:length], 0o600))
		if _, err := Verify(b.path, b.keys); err == nil {
			t.Errorf("the end after %d bytes is not missed", length)
		}
	}
	must(t, os.WriteFile(b.path, whole, 0o600))
	if _, err := Verify(b.path, b.keys); err != nil {
		t.Error(err)
	}
}

func TestPartsThatAreNotThereLeaveNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, err := age.GenerateX25519Identity()
	must(t, err)
	_, err = Write(filepath.Join(dir, "box"), []age.Recipient{key.Recipient()}, time.Now(), nil, []Part{{Name: "a", File: filepath.Join(dir, "none")}})
	if err == nil {
		t.Error("it was written")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestPassphrase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	right, wrong, short := filepath.Join(dir, "right"), filepath.Join(dir, "wrong"), filepath.Join(dir, "short")
	must(t, os.WriteFile(right, []byte("correct horse battery\n"), 0o600))
	must(t, os.WriteFile(wrong, []byte("another horse battery\n"), 0o600))
	must(t, os.WriteFile(short, []byte("horse\n"), 0o600))
	to, err := Recipients(nil, right)
	must(t, err)
	path := filepath.Join(dir, "box")
	_, err = Write(path, to, time.Now(), nil, []Part{{Name: "a", Data: []byte("b")}})
	must(t, err)
	for file, opens := range map[string]bool{right: true, wrong: false} {
		keys, err := Identities("", file)
		must(t, err)
		if _, err := Verify(path, keys); (err == nil) != opens {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := Recipients(nil, short); err == nil || strings.Contains(err.Error(), "horse") {
		t.Errorf("err = %v", err)
	}
	if _, err := Recipients([]string{"age1nonsense"}, ""); err == nil {
		t.Error("nonsense is a recipient")
	}
}
