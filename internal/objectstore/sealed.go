package objectstore

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/minio/sio"

	"github.com/longhouse-dev/longhouse/internal/keyring"
)

// A sealed file is
//
//	body        DARE 2.0 stream of the plaintext, 64 KiB segments, AES-256-GCM
//	meta        keyring.Seal of the JSON of a meta
//	salt        32 random bytes
//	length      of meta, 4 bytes, big endian
//	magic       8 bytes
//
// Body and meta have keys of their own, derived by HKDF-SHA256 from the bucket's key, the salt and the file's place. A
// file that is moved, swapped, cut, extended or changed therefore does not open. An older file put back in the same
// place does: that takes a write to the disk and is not detected.
const (
	magic       = "LHSEAL\x00\x01"
	saltSize    = 32
	footerSize  = saltSize + 4 + len(magic)
	segment     = 64 << 10
	maxMetaSize = 1 << 20
)

var (
	errDamaged   = errors.New("the sealed file is damaged or is not where it was written")
	errTruncated = errors.New("the body ended early")
)

// place names what a sealed file is and where it belongs.
func place(kind string, parts ...string) string {
	return kind + "\x00" + strings.Join(parts, "\x00")
}

// deriveKeys returns the body's key and the meta's.
func deriveKeys(bucketKey, salt []byte, place string) (body, meta []byte, err error) {
	keys, err := hkdf.Key(sha256.New, bucketKey, salt, "longhouse object store 1\x00"+place, 64)
	if err != nil {
		return nil, nil, err
	}
	return keys[:32], keys[32:], nil
}

func bodyConfig(key []byte) sio.Config {
	return sio.Config{MinVersion: sio.Version20, MaxVersion: sio.Version20, CipherSuites: []byte{sio.AES_256_GCM}, Key: key}
}

// writeSealed reads src to its end into f. describe is called with the plaintext's size once src has ended well, and
// returns what to keep beside it.
func writeSealed(f io.Writer, bucketKey []byte, place string, src io.Reader, describe func(size int64) (meta, error)) error {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	bodyKey, metaKey, err := deriveKeys(bucketKey, salt, place)
	if err != nil {
		return err
	}
	counted := &bodyReader{src: src}
	enc, err := sio.EncryptReader(counted, bodyConfig(bodyKey))
	if err != nil {
		return err
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	// The wrapper hides the file's ReadFrom, which would ignore buf and read 32 KiB at a time.
	if _, err := io.CopyBuffer(struct{ io.Writer }{f}, enc, *buf); err != nil {
		return err
	}
	m, err := describe(counted.size)
	if err != nil {
		return err
	}
	m.Size = counted.size
	footer, err := sealMeta(m, metaKey, salt, place)
	if err != nil {
		return err
	}
	_, err = f.Write(footer)
	return err
}

func sealMeta(m meta, key, salt []byte, place string) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	footer, err := keyring.Seal(key, plain, []byte(place))
	if err != nil {
		return nil, err
	}
	n := len(footer)
	footer = append(footer, salt...)
	footer = binary.BigEndian.AppendUint32(footer, uint32(n))
	return append(footer, magic...), nil
}

// sealedFile is an open sealed file whose meta has been authenticated.
type sealedFile struct {
	meta    meta
	file    *os.File
	bodyKey []byte
}

// openSealed opens the file at path. It returns errDamaged unless the file was written with bucketKey for this place.
func openSealed(path string, bucketKey []byte, place string) (*sealedFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &sealedFile{file: f}
	if err := s.authenticate(bucketKey, place); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

func (s *sealedFile) authenticate(bucketKey []byte, place string) error {
	tail, bodySize, err := readTail(s.file)
	if err != nil {
		return err
	}
	sealed, salt := tail[:len(tail)-footerSize], tail[len(tail)-footerSize:][:saltSize]
	bodyKey, metaKey, err := deriveKeys(bucketKey, salt, place)
	if err != nil {
		return err
	}
	plain, err := keyring.Unseal(metaKey, sealed, []byte(place))
	if err != nil {
		return errDamaged
	}
	if err := json.Unmarshal(plain, &s.meta); err != nil {
		return errDamaged
	}
	if want, err := encryptedSize(s.meta.Size); err != nil || want != bodySize {
		return errDamaged
	}
	s.bodyKey = bodyKey
	return nil
}

// readTail returns sealed meta and footer, and the size of the body before them. Nothing in them has been authenticated.
func readTail(f *os.File) (tail []byte, bodySize int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	size := info.Size()
	tail = make([]byte, min(size, 2048))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	if len(tail) < footerSize || string(tail[len(tail)-len(magic):]) != magic {
		return nil, 0, errDamaged
	}
	n := int64(binary.BigEndian.Uint32(tail[len(tail)-len(magic)-4:])) + int64(footerSize)
	if n > size || n > maxMetaSize {
		return nil, 0, errDamaged
	}
	if n > int64(len(tail)) {
		tail = make([]byte, n)
		if _, err := f.ReadAt(tail, size-n); err != nil {
			return nil, 0, fmt.Errorf("read %s: %w", f.Name(), err)
		}
	}
	return tail[int64(len(tail))-n:], size - n, nil
}

// Close releases the file.
func (s *sealedFile) Close() error { return s.file.Close() }
