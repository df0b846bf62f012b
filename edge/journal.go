package edge

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	journalName  = "routes.journal"
	journalMagic = "longhouse-edge-routes 2\n"
	sumDigits    = 8
	// compactAfter is how many changes, beyond one per route, a journal collects before it is written anew.
	compactAfter = 1000
	// plainMost is up to how many routes a journal is written as the release before reads it: whoever goes back has an edge that serves at
	// once. So many with ten rules each are read in a fifth of a second. With more, that release refuses the file and serves nothing until
	// the control plane has told it all routes.
	plainMost = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is the table on disk: a recorded stream, one snapshot and the changes after it, each line preceded by a
// checksum over itself and all lines before it. The snapshot is a line that says how many routes there are, and a line for each of them,
// whose IP filter stands behind a tab, so that it is read only when somebody comes. A line is on the disk before append returns. Whatever
// doesn't add up makes the whole file worthless: an edge that isn't sure what it knew serves nothing until it has asked.
type journal struct {
	dir     string
	file    *os.File // nil until the first rewrite
	sum     uint32
	changes int
	plain   int // up to how many routes it is written as the release before reads it
}

// openJournal makes the state directory where it is missing. The file stays as it is until the first rewrite.
func openJournal(dir string) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the edge's state directory: %w", err)
	}
	j := &journal{dir: dir, plain: plainMost}
	unlock, err := j.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	// An edge that was killed in the middle of a rewrite left its unfinished file.
	unfinished, err := filepath.Glob(filepath.Join(dir, journalName+".*"))
	for _, path := range unfinished {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return nil, fmt.Errorf("clean the edge's state directory: %w", err)
	}
	return j, nil
}

func (j *journal) path() string { return filepath.Join(j.dir, journalName) }

// rewrite replaces the file by one that holds only the table as it was exported.
func (j *journal) rewrite(e exported) error {
	if err := j.replaceFile(e); err != nil {
		return fmt.Errorf("write the route journal: %w", err)
	}
	return nil
}

func (j *journal) replaceFile(e exported) error {
	unlock, err := j.lock()
	if err != nil {
		return err
	}
	defer unlock()
	file, err := os.CreateTemp(j.dir, journalName+".*")
	if err != nil {
		return err
	}
	sum, err := fill(file, e, len(e.routes) <= j.plain)
	if err == nil {
		err = os.Rename(file.Name(), j.path())
	}
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	j.close()
	j.file, j.sum, j.changes = file, sum, 0
	return syncDir(j.dir)
}

// fill returns the sum of what it has put on the disk. Plain is as the release before reads it.
func fill(file *os.File, e exported, plain bool) (sum uint32, err error) {
	w := bufio.NewWriterSize(file, 1<<20)
	if plain {
		sum, err = writePlain(w, e)
	} else {
		sum, err = writeKept(w, e)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	return sum, err
}

func writeKept(w *bufio.Writer, e exported) (sum uint32, err error) {
	if _, err := w.WriteString(journalMagic); err != nil {
		return 0, err
	}
	record, sum, err := encode(snapshotLine{e.head, len(e.routes)}, nil, 0)
	for i := 0; err == nil; i++ {
		if _, err = w.Write(record); err != nil || i == len(e.routes) {
			break
		}
		record, sum, err = encode(e.routes[i].Route, e.routes[i].rules, sum)
	}
	return sum, err
}

// writePlain writes all routes into the line of the snapshot.
func writePlain(w *bufio.Writer, e exported) (sum uint32, err error) {
	said := e.head
	said.Routes = make([]feed.Route, 0, len(e.routes))
	for _, r := range e.routes {
		route := r.Route
		route.Filter = r.rules.read()
		said.Routes = append(said.Routes, route)
	}
	record, sum, err := encode(said, nil, 0)
	if err != nil {
		return 0, err
	}
	if _, err := w.WriteString(journalMagicBefore); err != nil {
		return 0, err
	}
	_, err = w.Write(record)
	return sum, err
}

// append adds changes to the file with one write and one sync. After an error the file's end is unknown: rewrite.
func (j *journal) append(changes []feed.Message) error {
	if j.file == nil {
		return errors.New("append to the route journal: it has no snapshot yet")
	}
	unlock, err := j.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if j.displaced() {
		return errors.New("append to the route journal: another edge has written it anew")
	}
	var batch []byte
	sum := j.sum
	for _, m := range changes {
		record, next, err := encode(m, nil, sum)
		if err != nil {
			return err
		}
		batch, sum = append(batch, record...), next
	}
	if _, err := j.file.Write(batch); err != nil {
		return fmt.Errorf("append to the route journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("append to the route journal: %w", err)
	}
	j.sum, j.changes = sum, j.changes+len(changes)
	return nil
}

// overgrown says that a rewrite would make the file markedly shorter.
func (j *journal) overgrown(routes int) bool { return j.changes > compactAfter+routes }

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close() // all of it is synced
		j.file = nil
	}
}

// encode returns the record of what is said, and the rules of its IP filter if it has one.
func encode(said any, filter rules, before uint32) ([]byte, uint32, error) {
	line, err := json.Marshal(said)
	if err != nil {
		return nil, 0, fmt.Errorf("encode a route: %w", err)
	}
	if filter != nil {
		line = append(append(line, filterMark), filter...)
	}
	sum := crc32.Update(before, castagnoli, line)
	record := fmt.Appendf(make([]byte, 0, sumDigits+len(line)+2), "%0*x ", sumDigits, sum)
	return append(append(record, line...), '\n'), sum, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
