package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// maxManifest is many times what a manifest takes.
const maxManifest = 64 << 20

// Verify reads the whole archive, compares every part with the manifest, and keeps nothing.
func Verify(path string, identities []age.Identity) (Manifest, error) {
	return read(path, identities, func(Entry, io.Reader) error { return nil })
}

// Unpack verifies the archive and writes its parts below dir, which must be empty. After an error what is there is not to be
// used.
func Unpack(path string, identities []age.Identity, dir string) (Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("unpack to %s: %w", dir, err)
	}
	defer func() { _ = root.Close() }()
	return read(path, identities, below(root))
}

// below writes parts below a folder, each for the first time.
func below(root *os.Root) func(Entry, io.Reader) error {
	return func(e Entry, r io.Reader) error {
		name := filepath.FromSlash(e.Name)
		if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, r)
		return errors.Join(err, file.Sync(), file.Close())
	}
}

func read(path string, identities []age.Identity, use func(Entry, io.Reader) error) (m Manifest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, fmt.Errorf("open an archive: %w", err)
	}
	defer func() { _ = file.Close() }()
	plain, err := age.Decrypt(file, identities...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return m, fmt.Errorf("%s was not encrypted for this identity or passphrase", path)
	}
	if err != nil {
		return m, fmt.Errorf("%s is not an archive of Longhouse, or is damaged: %w", path, err)
	}
	if m, err = readParts(plain, use); err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func readParts(plain io.Reader, use func(Entry, io.Reader) error) (m Manifest, err error) {
	stream := tar.NewReader(plain)
	if m, err = readManifest(stream); err != nil {
		return m, err
	}
	for _, want := range m.Parts {
		if err := readPart(stream, want, use); err != nil {
			return m, fmt.Errorf("part %s: %w", want.Name, err)
		}
	}
	if more, err := stream.Next(); err == nil {
		return m, fmt.Errorf("after its parts comes %q", more.Name)
	} else if !errors.Is(err, io.EOF) {
		return m, err
	}
	_, err = io.Copy(io.Discard, plain) // the rest of the tar stream, and whether it was cut off
	return m, err
}

func readManifest(stream *tar.Reader) (m Manifest, err error) {
	head, err := stream.Next()
	if err != nil {
		return m, err
	}
	if head.Name != manifestName || head.Size > maxManifest || !plain(head) {
		return m, fmt.Errorf("it begins with %q, not with %s", head.Name, manifestName)
	}
	text, err := io.ReadAll(stream)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read %s: %w", manifestName, err)
	}
	if m.Format != Format {
		return m, fmt.Errorf("it has format %d, and this version of Longhouse reads %d", m.Format, Format)
	}
	return m, nil
}

func readPart(stream *tar.Reader, want Entry, use func(Entry, io.Reader) error) error {
	head, err := stream.Next()
	if err != nil {
		return err
	}
	if head.Name != want.Name || head.Size != want.Size || !plain(head) {
		return fmt.Errorf("there is %q of %d bytes, not a file of %d", head.Name, head.Size, want.Size)
	}
	sum := sha256.New()
	part := io.TeeReader(stream, sum)
	if err := use(want, part); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, part); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return errors.New("it is not what the manifest says")
	}
	return nil
}

// plain is whether an entry is a file whose bytes are all in the stream: of a sparse one, little makes any amount.
func plain(head *tar.Header) bool {
	for name := range head.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return false
		}
	}
	return head.Typeflag == tar.TypeReg
}
