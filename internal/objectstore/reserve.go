package objectstore

import (
	"fmt"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// reserve is what stays free on the store's volume, in bytes. Databases that lie there too end when they can't write, and
// nobody's files are worth that.
const reserve = 1 << 30

// lookEvery is how much is written between two looks at what is free.
const lookEvery = 16 << 20

// roomFor refuses to read on from src, with ENOSPC, where what is free falls below the reserve. What is removed makes room,
// so that removing is never refused.
func (s *store) roomFor(src io.Reader) io.Reader {
	return &roomReader{src: src, free: s.free}
}

type roomReader struct {
	src  io.Reader
	free func() (uint64, error)
	due  int // bytes until the next look
}

func (r *roomReader) Read(p []byte) (int, error) {
	if r.due <= 0 {
		free, err := r.free()
		if err != nil {
			return 0, err
		}
		if free < reserve {
			return 0, fmt.Errorf("%d MiB are free, %d stay free: %w", free>>20, reserve>>20, syscall.ENOSPC)
		}
		r.due = lookEvery
	}
	n, err := r.src.Read(p)
	r.due -= n
	return n, err
}

// free is what an ordinary user may still write to the store's volume, in bytes.
func (s *store) free() (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(s.dir, &st); err != nil {
		return 0, fmt.Errorf("look how much space is free: %w", err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}
