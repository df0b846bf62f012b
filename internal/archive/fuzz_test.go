package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

// FuzzStream: whatever is in the encrypted stream, what is taken of it is no more than it has in bytes, and only plain files.
func FuzzStream(f *testing.F) {
	sum := sha256.Sum256(make([]byte, 1<<20))
	manifest := `{"format":1,"parts":[{"name":"a","size":1048576,"sha256":"` + hex.EncodeToString(sum[:]) + `"}]}`
	for _, content := range [][]byte{make([]byte, 1<<20), {}} {
		whole, _ := stream(manifest, tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: int64(len(content))}, content)
		f.Add(whole.Bytes())
		f.Add(whole.Bytes()[:700])
	}
	f.Add(sparse(f, manifest, 1<<20))
	f.Fuzz(func(t *testing.T, plain []byte) {
		taken := int64(0)
		m, err := readParts(bytes.NewReader(plain), func(e Entry, r io.Reader) error {
			n, err := io.Copy(io.Discard, r)
			if taken += n; taken > int64(len(plain)) {
				t.Fatalf("%d bytes of %d were unpacked", taken, len(plain))
			}
			return err
		})
		if err != nil {
			return
		}
		want := int64(0)
		for _, part := range m.Parts {
			want += part.Size
		}
		if want != taken || m.Format != Format {
			t.Errorf("%d bytes were unpacked for %+v", taken, m)
		}
	})
}

// FuzzKeys: of a file and a list of recipients only keys of age are taken, a passphrase is long enough both ways, and what is refused is
// not repeated.
func FuzzKeys(f *testing.F) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"# made\n" + key.String() + "\n", key.String() + " x", strings.ToLower(key.String()), key.Recipient().String(), "AGE-SECRET-KEY-1", "\r\n", "correct horse battery\n",
		"\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", strings.Repeat("x", 100_000), ""} {
		f.Add([]byte(text), key.Recipient().String())
		f.Add([]byte(text), text)
	}
	f.Fuzz(func(t *testing.T, data []byte, recipient string) {
		file := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(file, data, 0o600))
		ids, err := Identities(file, "")
		if line := strings.TrimSpace(string(data)); err != nil && len(line) > 20 && strings.Contains(err.Error(), line) || err == nil && len(ids) == 0 {
			t.Errorf("of %q came %d identities, %v", data, len(ids), err)
		}
		phrase := strings.TrimRight(string(data), "\r\n")
		_, sealErr := Recipients(nil, file)
		_, openErr := Identities("", file)
		if enough := utf8.RuneCountInString(phrase) >= shortestPassphrase; (sealErr == nil) != enough || (openErr == nil) != enough {
			t.Errorf("the passphrase %q: %v, %v", phrase, sealErr, openErr)
		}
		to, err := Recipients([]string{recipient}, "")
		if err != nil {
			return
		}
		if got := to[0].(*age.X25519Recipient).String(); got != strings.ToLower(recipient) {
			t.Errorf("%q is taken for %s", recipient, got)
		}
	})
}

// sparse is a tar stream of a manifest and a file "a" of one hole, of which only its map is in the stream.
func sparse(f *testing.F, manifest string, size int) []byte {
	f.Helper()
	record := map[string]string{"major": "1", "minor": "0", "name": "a", "realsize": strconv.Itoa(size)}
	records := map[string]string{}
	for name, value := range record {
		records["XXX.sparse."+name] = value // tar.Writer refuses to write what it reads
	}
	hole := append([]byte("0\n"), make([]byte, 510)...)
	whole, made := stream(manifest, tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: 512, Format: tar.FormatPAX, PAXRecords: records}, hole)
	if !made {
		f.Fatal("tar can't express it")
	}
	return bytes.ReplaceAll(whole.Bytes(), []byte("XXX.sparse."), []byte("GNU.sparse."))
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
