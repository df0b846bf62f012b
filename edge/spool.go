package edge

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// spoolAge and spoolMost are how old the first line of a file, and how large a file, may grow before it is handed over. What a tenant
	// reads is late by as much; each is one object until it is sorted.
	spoolAge  = 20 * time.Second
	spoolMost = 4 << 20

	// spoolDraft begins the name of a file that is not locked yet.
	spoolDraft = ".open-"
	// draftLife is after how long one is taken for a dead process's. It holds nothing, and a living one has it for a moment.
	draftLife = time.Minute
)

// spool puts lines that are kept for workspaces on this machine's disk, in files that are handed to the control plane. A file that is being
// written is locked, before it has its name: whoever can lock it knows that its process has ended.
type spool struct {
	dir, edge, lease string
	most             int
	oldest           func() time.Time // when the first of the lines was said that are being written; nil: just now
	unwritten        atomic.Int64     // lines that the disk did not take

	mu       sync.Mutex
	file     *os.File // nil: none is being written
	name     spoolName
	size     int
	sequence int64
	trouble  error // why the disk takes none; nil: it does
}

func newSpool(dir, edge, lease string) *spool {
	return &spool{dir: dir, edge: edge, lease: lease, most: spoolMost}
}

// Write implements io.Writer. It takes whole lines, and never returns an error: those that it loses are counted.
func (s *spool) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	if s.trouble = s.open(); s.trouble == nil {
		if written, s.trouble = s.file.Write(lines); s.trouble != nil { // the disk is full
			written = bytes.LastIndexByte(lines[:written], '\n') + 1
			s.trouble = fmt.Errorf("keep the access log: %w", nameless(errors.Join(s.trouble, s.file.Truncate(int64(s.size+written)))))
		}
		s.size += written
	}
	s.unwritten.Add(int64(bytes.Count(lines[written:], []byte("\n"))))
	if s.size >= s.most {
		s.close()
	}
	return len(lines), nil
}

func (s *spool) open() error {
	if s.file != nil {
		return nil
	}
	name := spoolName{from: time.Now(), lease: s.lease, sequence: s.sequence + 1, state: spoolOpen}
	if s.oldest != nil {
		if said := s.oldest(); !said.IsZero() {
			name.from = said
		}
	}
	draft := filepath.Join(s.dir, spoolDraft+name.String())
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep the access log: %w", nameless(err))
	}
	if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		err = os.Rename(draft, filepath.Join(s.dir, name.String()))
	}
	if err != nil {
		_ = errors.Join(file.Close(), os.Remove(draft))
		return fmt.Errorf("keep the access log: %w", nameless(err))
	}
	s.file, s.name, s.sequence = file, name, name.sequence
	return nil
}

// seal ends the file that was begun before a time.
func (s *spool) seal(before time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil && !s.name.from.After(before) {
		s.close()
	}
}

// close has the file on the disk, and out of this process's hands.
func (s *spool) close() {
	open, sealed := filepath.Join(s.dir, s.name.String()), filepath.Join(s.dir, s.name.as(spoolSealed).String())
	if s.trouble = errors.Join(s.file.Sync(), os.Rename(open, sealed), s.file.Close()); s.trouble != nil {
		s.trouble = fmt.Errorf("keep the access log: %w", nameless(s.trouble))
	}
	s.file, s.size = nil, 0
}

// failing is why the disk takes no lines.
func (s *spool) failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}
