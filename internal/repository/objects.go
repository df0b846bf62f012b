package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// ErrNotFound is what Objects return where there is no such object.
var ErrNotFound = errors.New("no such object")

// Object is one that is there.
type Object struct {
	Name string
	Size int64 // bytes
}

// Objects is where a repository is kept: a bucket, or a part of one. Names are of a-z, 0-9, _, - and slashes.
type Objects interface {
	// Put returns when the object is durable, whole, and just what was given. It replaces one of that name.
	Put(ctx context.Context, name string, data []byte) error
	// Get returns ErrNotFound where there is none, and an error where it is of more than most bytes.
	Get(ctx context.Context, name string, most int64) ([]byte, error)
	// Delete takes one that isn't there for deleted.
	Delete(ctx context.Context, name string) error
	// List has all whose names begin with prefix, in order.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
}

// Damage is an object that isn't what was written.
type Damage struct {
	Object string
	Why    string
}

// Error implements error.
func (d *Damage) Error() string { return fmt.Sprintf("%s is damaged: %s", d.Object, d.Why) }

// ErrWrongKey is of an object that was encrypted for another key.
var ErrWrongKey = errors.New("it was encrypted for another key")

const (
	packFolder   = "packs/"
	indexFolder  = "indexes/"
	backupFolder = "backups/"
)

const (
	// maxPlain bounds an object before it is compressed and encrypted, in bytes. None comes near it: packs and indexes are bounded by themselves.
	maxPlain = 256 << 20
	// maxSealed bounds it as it is kept, some thousandths larger where it doesn't compress.
	maxSealed = maxPlain + maxPlain/64
)

// sealed are Objects that are compressed and encrypted.
type sealed struct {
	objects Objects
	keys    keys
}

// put returns how many bytes are kept. What get would not read it refuses.
func (s sealed) put(ctx context.Context, name string, plain []byte) (kept int64, err error) {
	if len(plain) > maxPlain {
		return 0, fmt.Errorf("write %s: it is of %d bytes, more than %d", name, len(plain), maxPlain)
	}
	var out bytes.Buffer
	encrypted, err := age.Encrypt(&out, s.keys.identity.Recipient())
	if err != nil {
		return 0, fmt.Errorf("encrypt %s: %w", name, err)
	}
	compressed, err := zstd.NewWriter(encrypted, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, fmt.Errorf("compress %s: %w", name, err)
	}
	_, err = compressed.Write(plain)
	if err := errors.Join(err, compressed.Close(), encrypted.Close()); err != nil {
		return 0, fmt.Errorf("encrypt %s: %w", name, err)
	}
	if err := s.objects.Put(ctx, name, out.Bytes()); err != nil {
		return 0, fmt.Errorf("write %s: %w", name, err)
	}
	return int64(out.Len()), nil
}

func (s sealed) get(ctx context.Context, name string) ([]byte, error) {
	kept, err := s.objects.Get(ctx, name, maxSealed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	plain, err := s.open(kept)
	if errors.Is(err, ErrWrongKey) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err != nil {
		return nil, &Damage{name, err.Error()}
	}
	return plain, nil
}

func (s sealed) open(kept []byte) ([]byte, error) {
	encrypted, err := age.Decrypt(bytes.NewReader(kept), s.keys.identity)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, ErrWrongKey
	}
	if err != nil {
		return nil, err
	}
	compressed, err := zstd.NewReader(encrypted, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPlain))
	if err != nil {
		return nil, err
	}
	defer compressed.Close()
	plain, err := io.ReadAll(io.LimitReader(compressed, maxPlain+1))
	if err != nil {
		return nil, err
	}
	if len(plain) > maxPlain {
		return nil, fmt.Errorf("it unpacks to more than %d bytes", maxPlain)
	}
	// What comes after the end of what was compressed, age has not looked at.
	if _, err := io.Copy(io.Discard, encrypted); err != nil {
		return nil, err
	}
	return plain, nil
}
