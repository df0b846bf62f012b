package objectstore

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/versity/versitygw/s3err"

	"github.com/longhouse-dev/longhouse/internal/keyring"
)

func TestStoreLeavesSpaceToOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		free []uint64 // at each look
		size int
		full bool
	}{
		{[]uint64{reserve}, lookEvery, false},
		{[]uint64{reserve - 1}, 1, true},
		{[]uint64{2 * reserve, reserve - 1}, 2 * lookEvery, true}, // it filled up meanwhile
		{[]uint64{2 * reserve, reserve - 1}, lookEvery - 1, false},
	} {
		looks := 0
		r := &roomReader{src: io.LimitReader(zeros{}, int64(c.size)), free: func() (uint64, error) {
			free := c.free[min(looks, len(c.free)-1)]
			looks++
			return free, nil
		}}
		// The last look comes before the end of what is read is known.
		_, err := io.CopyN(io.Discard, r, int64(c.size))
		if errors.Is(err, syscall.ENOSPC) != c.full {
			t.Errorf("%d bytes with %v free: %v", c.size, c.free, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestFullStoreSaysSoAndKeepsNothingOfIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := keyring.Open(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	s := &store{dir: dir, keys: keys, log: slog.New(slog.DiscardHandler)}
	if _, err := keys.Create("k"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.tmp(), 0o700); err != nil {
		t.Fatal(err)
	}
	full := &roomReader{src: bytes.NewReader([]byte("x")), free: func() (uint64, error) { return 0, nil }}
	_, err = s.stage(&bucket{record: bucketRecord{Key: "k"}}, "place", full, func(int64) (meta, error) { return meta{}, nil })
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("err = %v", err)
	}
	name := "b"
	s.answer("put object", &name, &name, &err)
	if !errors.Is(err, s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)) {
		t.Errorf("the client sees %v", err)
	}
	if left, _ := os.ReadDir(s.tmp()); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
}
