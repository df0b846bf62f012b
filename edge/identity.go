package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

const (
	idName     = "edge-id"
	leasePart  = "lease."
	leaseDraft = ".lease-*"
	fencedName = "fenced"
)

// identity is who this process is to the control plane. The edge is its state directory: what it knows is there, so an order to serve
// nothing holds for whoever serves by it. A process holds a lease of its own: a locked file in that directory, by which a later one knows
// that it has ended, however it did.
type identity struct {
	feed.Identity
	dir  string
	held *os.File // nil: the file could not be made
}

// openIdentity is called with the state directory there. It makes the edge's id where there is none. Without the file of its lease the edge
// serves all the same, and only its death is not seen by the next one.
func openIdentity(j *journal, name string, log *slog.Logger) (*identity, error) {
	unlock, err := j.lock() // two processes may begin at once
	if err != nil {
		return nil, err
	}
	defer unlock()
	i := &identity{dir: j.dir, Identity: feed.Identity{Name: name, Lease: id.Show(id.EdgeLease, id.New())}}
	if i.Edge, err = readID(filepath.Join(j.dir, idName)); err != nil {
		return nil, err
	}
	unfinished, _ := filepath.Glob(filepath.Join(j.dir, leaseDraft))
	for _, path := range unfinished { // of an edge that was killed just then; nobody else is here
		_ = os.Remove(path)
	}
	if i.held, err = holdLease(j.dir, i.Lease); err != nil {
		log.Error("if this edge dies, the control plane will wait for it as for one that is cut off", "error", err)
	}
	return i, nil
}

func readID(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		made := id.Show(id.Edge, id.New())
		return made, writeWhole(path, made+"\n")
	}
	if err != nil {
		return "", fmt.Errorf("read who this edge is: %w", err)
	}
	found := strings.TrimSpace(string(text))
	if _, err := id.Parse(id.Edge, found); err != nil {
		return "", fmt.Errorf("%s: %w; without the file it becomes another edge", path, err)
	}
	return found, nil
}

// holdLease locks the file before it has its name: whoever finds it knows that its process lives.
func holdLease(dir, lease string) (*os.File, error) {
	file, err := os.CreateTemp(dir, leaseDraft)
	if err != nil {
		return nil, fmt.Errorf("hold a lease: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, leasePart+lease))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("hold a lease: %w", err), file.Close(), os.Remove(file.Name()))
	}
	return file, nil
}

// over returns leases whose processes have ended without a good-bye. What can't be looked at is taken for alive.
func (i *identity) over() (leases []string) {
	found, _ := filepath.Glob(filepath.Join(i.dir, leasePart+"*"))
	for _, path := range found {
		lease := strings.TrimPrefix(filepath.Base(path), leasePart)
		if _, err := id.Parse(id.EdgeLease, lease); err == nil && lease != i.Lease && unlocked(path) {
			leases = append(leases, lease)
		}
	}
	return leases[:min(len(leases), maxOver)]
}

// maxOver is how many leases one confirmation ends; the next one ends others.
const maxOver = 100

func unlocked(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close() // which unlocks
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// forget is called once the control plane knows that these leases are over.
func (i *identity) forget(leases []string) {
	for _, lease := range leases {
		_ = os.Remove(filepath.Join(i.dir, leasePart+lease)) // else it is told again
	}
}

func (i *identity) close() {
	if i.held != nil {
		_ = i.held.Close()
	}
}

// fenced reports whether this edge was told to serve nothing, and not yet otherwise. What can't be looked at is taken for a fence.
func (i *identity) fenced() bool {
	_, err := os.Lstat(filepath.Join(i.dir, fencedName))
	return !errors.Is(err, fs.ErrNotExist)
}

// setFenced writes that down for the processes to come.
func (i *identity) setFenced(fenced bool) error {
	path := filepath.Join(i.dir, fencedName)
	if fenced {
		return writeWhole(path, "An operator has fenced this edge: it serves nothing until the control plane says otherwise.\n")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the fence: %w", err)
	}
	return syncDir(i.dir)
}

// writeWhole leaves either all of the text on disk, or the file as it was.
func writeWhole(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return syncDir(filepath.Dir(path))
}
