package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
)

// FuzzVerify: of all files only the one that was written opens.
func FuzzVerify(f *testing.F) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "box")
	if _, err := Write(path, []age.Recipient{key.Recipient()}, time.Unix(0, 0), nil, []Part{{Name: "a/b", Data: []byte("part")}}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte("age-encryption.org/v1\n-> X25519 x\n"))
	f.Add([]byte("-----BEGIN AGE ENCRYPTED FILE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Equal(data, whole) {
			return
		}
		path := filepath.Join(t.TempDir(), "box")
		must(t, os.WriteFile(path, data, 0o600))
		if _, err := Verify(path, []age.Identity{key}); err == nil {
			t.Errorf("%q opens", data)
		}
	})
}

// FuzzParts: whatever a manifest and the entry behind it say, nothing is written outside of the folder, and what was unpacked is
// what the manifest promised.
func FuzzParts(f *testing.F) {
	good := sha256.Sum256([]byte("part"))
	for _, name := range []string{"a", "a/b", "../a", "/a", "a/../../b", ".", "", "manifest.json"} {
		manifest := `{"format":1,"parts":[{"name":"` + name + `","size":4,"sha256":"` + hex.EncodeToString(good[:]) + `"}]}`
		f.Add(manifest, name, "", byte(tar.TypeReg), []byte("part"))
		f.Add(manifest, name, "/etc/passwd", byte(tar.TypeSymlink), []byte{})
	}
	f.Add(`{"format":1,"parts":[]}`, "a", "", byte(tar.TypeReg), []byte("part"))
	f.Add(`{"format":2}`, "a", "", byte(tar.TypeGNUSparse), []byte("part"))
	f.Fuzz(func(t *testing.T, manifest, name, link string, kind byte, content []byte) {
		plain, made := stream(manifest, tar.Header{Name: name, Linkname: link, Typeflag: kind, Size: int64(len(content))}, content)
		if !made {
			return
		}
		around, err := os.MkdirTemp("/dev/shm", "archive-") // in memory: each part is synced
		must(t, err)
		defer os.RemoveAll(around)
		inside := filepath.Join(around, "inside")
		must(t, os.Mkdir(inside, 0o700))
		root, err := os.OpenRoot(inside)
		must(t, err)
		defer root.Close()
		m, err := readParts(plain, below(root))
		if beside, listErr := os.ReadDir(around); listErr != nil || len(beside) != 1 {
			t.Errorf("written outside: %v, %v", beside, listErr)
		}
		for _, part := range m.Parts {
			if err != nil {
				break
			}
			content, readErr := os.ReadFile(filepath.Join(inside, filepath.FromSlash(part.Name)))
			if sum := sha256.Sum256(content); readErr != nil || int64(len(content)) != part.Size || hex.EncodeToString(sum[:]) != part.SHA256 {
				t.Errorf("%q was unpacked to %q, %v", part.Name, content, readErr)
			}
		}
	})
}

// stream is a tar stream of a manifest and one entry, unless tar can't express it.
func stream(manifest string, entry tar.Header, content []byte) (*bytes.Buffer, bool) {
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	err := put(w, manifestName, int64(len(manifest)), bytes.NewReader([]byte(manifest)))
	if err == nil {
		err = w.WriteHeader(&entry)
	}
	if err == nil {
		_, err = w.Write(content)
	}
	return &plain, errors.Join(err, w.Close()) == nil
}
