package process

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// binaries remembers the digests of files, by what changes when a file does, so that a start costs no reading.
type binaries struct {
	mu   sync.Mutex
	seen map[identity]string
}

type identity struct {
	dev, ino     uint64
	size         int64
	mtime, ctime syscall.Timespec
}

// verify refuses a file that isn't the one described.
func (b *binaries) verify(path, want string) error {
	got, err := b.digest(path)
	if err != nil {
		return fmt.Errorf("%w: binary: %w", workload.ErrInvalid, err)
	}
	if got != want {
		return fmt.Errorf("%w: binary %s: its SHA-256 is %s, expected is %s", workload.ErrInvalid, path, got, want)
	}
	return nil
}

func (b *binaries) digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("%s is not an executable file", path)
	}
	st := info.Sys().(*syscall.Stat_t)
	key := identity{dev: st.Dev, ino: st.Ino, size: st.Size, mtime: st.Mtim, ctime: st.Ctim}
	b.mu.Lock() // held while reading: fifty starts of a new release read it once
	defer b.mu.Unlock()
	if sum, ok := b.seen[key]; ok {
		return sum, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	b.seen[key] = hex.EncodeToString(h.Sum(nil))
	return b.seen[key], nil
}
