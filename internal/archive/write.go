package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
)

// Write makes the file path, which must not be there, of the parts. Only who has the identity of one of the recipients can
// read it. It appears whole and durable or not at all, and has been read back and compared by then.
func Write(path string, to []age.Recipient, madeAt time.Time, facts map[string]string, parts []Part) (Manifest, error) {
	m := Manifest{Format: Format, MadeAt: madeAt.UTC(), Facts: facts}
	for _, p := range parts {
		e, err := p.entry()
		if err != nil {
			return m, fmt.Errorf("read %s: %w", p.Name, err)
		}
		m.Parts = append(m.Parts, e)
	}
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s is there already; it is not overwritten", path)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return m, fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _, _ = temporary.Close(), os.Remove(temporary.Name()) }()
	sum := sha256.New()
	err = encrypt(io.MultiWriter(temporary, sum), to, m, parts)
	if err == nil {
		err = errors.Join(temporary.Sync(), compare(temporary, sum))
	}
	if err == nil {
		err = os.Link(temporary.Name(), path) // unlike a rename it overwrites nothing
	}
	if err != nil {
		return m, fmt.Errorf("write %s: %w", path, err)
	}
	return m, syncDir(filepath.Dir(path))
}

func encrypt(w io.Writer, to []age.Recipient, m Manifest, parts []Part) error {
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return err
	}
	stream := tar.NewWriter(sealed)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := put(stream, manifestName, int64(len(text)), bytes.NewReader(text)); err != nil {
		return err
	}
	for i, p := range parts {
		if err := p.copyTo(stream, m.Parts[i]); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return errors.Join(stream.Close(), sealed.Close())
}

func put(stream *tar.Writer, name string, size int64, from io.Reader) error {
	if err := stream.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err := io.Copy(stream, from)
	return err
}

func (p Part) open() (io.ReadCloser, error) {
	if p.File == "" {
		return io.NopCloser(bytes.NewReader(p.Data)), nil
	}
	return os.Open(p.File)
}

func (p Part) entry() (Entry, error) {
	r, err := p.open()
	if err != nil {
		return Entry{}, err
	}
	defer func() { _ = r.Close() }()
	sum := sha256.New()
	size, err := io.Copy(sum, r)
	return Entry{Name: p.Name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// copyTo refuses a part that has changed since it was summed up.
func (p Part) copyTo(stream *tar.Writer, e Entry) error {
	r, err := p.open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	sum := sha256.New()
	if err := put(stream, e.Name, e.Size, io.TeeReader(r, sum)); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
		return errors.New("it changed while it was read")
	}
	return nil
}

// compare reads the file again: what the disk gives back must be what was written.
func compare(file *os.File, written hash.Hash) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	again := sha256.New()
	if _, err := io.Copy(again, file); err != nil {
		return err
	}
	if !bytes.Equal(again.Sum(nil), written.Sum(nil)) {
		return errors.New("the disk gives back something else than was written")
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
