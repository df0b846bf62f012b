// Package logfile bounds logs that somebody else writes. It owns how a file that is open for appending is shortened
// under its writer's hands; it never writes a line itself and reads none.
//
// Children outlive who started them, so that they write to files and not to pipes, and know nothing of rotation: the
// file that they hold must stay. What is old is copied away and then cut off at the front (fallocate(2) with
// FALLOC_FL_COLLAPSE_RANGE), during which nothing that is appended is lost. File systems other than ext4, XFS and a few
// more can't cut off a front: there the file is emptied after the copy, and what is written between the two is lost.
package logfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Limit is how much of a log is kept.
type Limit struct {
	Bytes int64 // from which on what is there is moved away; an older file holds twice as much at most
	Older int   // files beside the current one: NAME.1 is the newest of them
}

// Default is for every log of Longhouse: 40 MiB each, 70 after bursts.
var Default = Limit{Bytes: 10 << 20, Older: 3}

// block is the unit in which a front can be cut off, a multiple of every usual file system's.
const block = 64 << 10

// Rotate moves what the log holds away when that is more than the limit. A log that isn't there is short enough. Of a log
// that has grown to more than two limits since the last look only the end is kept. Nobody else may rotate it meanwhile.
func Rotate(path string, l Limit) error {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Blocks*512 > info.Size()+2*l.Bytes { // reserved behind its end, where nothing is cut off
		if err := f.Truncate(info.Size()); err != nil {
			return fmt.Errorf("give back what is reserved behind the end of %s: %w", path, err)
		}
	}
	if info.Size() <= l.Bytes {
		return nil
	}
	if err := l.move(f, info.Size()); err != nil {
		return fmt.Errorf("rotate %s: %w", path, err)
	}
	return nil
}

// move keeps the end of what the file holds under the newest older name and takes it, and all before it, off the file.
// Where the disk is full nothing is kept: that the log gives its space back is worth more.
func (l Limit) move(f *os.File, size int64) error {
	end := (size - 1) / block * block // a cut must leave something behind it
	if end == 0 {
		end = size
	}
	from := max(0, end-2*l.Bytes)
	kept := l.keep(f, from, end)
	if kept != nil && !errors.Is(kept, unix.ENOSPC) && !errors.Is(kept, unix.EDQUOT) {
		return kept
	}
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_COLLAPSE_RANGE, 0, end)
	if err == nil {
		return kept
	}
	if from, end = end, size; kept == nil && from < end {
		kept = l.more(f, from, end)
	}
	return errors.Join(kept, f.Truncate(0))
}

// keep copies a part of the file to NAME.1, after it has moved the older ones on.
func (l Limit) keep(f *os.File, from, end int64) error {
	if l.Older == 0 {
		return nil
	}
	for n := l.Older; n > 1; n-- {
		if err := os.Rename(older(f, n-1), older(f, n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	_ = os.Remove(older(f, 1)) // there when only one is kept
	return l.more(f, from, end)
}

func (l Limit) more(f *os.File, from, end int64) error {
	to, err := os.OpenFile(older(f, 1), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, io.NewSectionReader(f, from, end-from))
	return errors.Join(err, to.Close())
}

func older(f *os.File, n int) string { return fmt.Sprintf("%s.%d", f.Name(), n) }

// Remove takes a log and its older files away.
func Remove(path string, l Limit) error {
	err := os.RemoveAll(path)
	for n := 1; n <= l.Older; n++ {
		err = errors.Join(err, os.RemoveAll(fmt.Sprintf("%s.%d", path, n)))
	}
	return err
}
