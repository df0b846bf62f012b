package edge

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	journalName  = "routes.journal"
	journalMagic = "longhouse-edge-routes 1\n"
	sumDigits    = 8
	// compactAfter is how many changes, beyond one per route, a journal collects before it is written anew.
	compactAfter = 1000
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is the table on disk: a recorded stream, one snapshot and the changes after it, each line preceded by a
// checksum over itself and all lines before it. A line is on the disk before append returns. Whatever doesn't add up
// makes the whole file worthless: an edge that isn't sure what it knew serves nothing until it has asked.
type journal struct {
	dir     string
	file    *os.File // nil until the first rewrite
	sum     uint32
	changes int
}

// openJournal makes the state directory where it is missing. The file stays as it is until the first rewrite.
func openJournal(dir string) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the edge's state directory: %w", err)
	}
	j := &journal{dir: dir}
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

// load fills an empty table from disk. Nothing on disk is fs.ErrNotExist. On any error the table that was passed in is
// to be thrown away. Another edge may be adding to the file, and is waited for.
func (j *journal) load(table *Table) error {
	unlock, err := j.lock()
	if err != nil {
		return err
	}
	defer unlock()
	file, err := os.Open(j.path())
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 1<<20)
	magic := make([]byte, len(journalMagic))
	if _, err := io.ReadFull(lines, magic); err != nil || string(magic) != journalMagic {
		return fmt.Errorf("%s is not a route journal that this release reads", j.path())
	}
	var sum uint32
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 && n > 1 {
			return nil
		}
		if err == nil {
			sum, err = replay(table, line[:len(line)-1], sum, n == 1)
		}
		if err != nil {
			return fmt.Errorf("%s, record %d: %w", j.path(), n, err)
		}
	}
}

// replay checks one record against the sum of those before it and puts it in force.
func replay(table *Table, record []byte, before uint32, first bool) (uint32, error) {
	if len(record) < sumDigits+1 || record[sumDigits] != ' ' {
		return 0, errors.New("record is cut off")
	}
	want, err := strconv.ParseUint(string(record[:sumDigits]), 16, 32)
	line := record[sumDigits+1:]
	sum := crc32.Update(before, castagnoli, line)
	if err != nil || uint32(want) != sum {
		return 0, errors.New("checksum doesn't match")
	}
	m, err := feed.Parse(line)
	if err != nil {
		return 0, err
	}
	// What was unusable in a route was logged when it was learned, and is not kept.
	switch {
	case first != (m.Type == feed.KindSnapshot):
		return 0, fmt.Errorf("a %s is out of place", m.Type)
	case first:
		_, _ = table.Replace(m)
	case m.Type == feed.KindChange:
		_, _ = table.Apply(m)
	}
	return sum, nil
}

// rewrite replaces the file by one that holds only the snapshot.
func (j *journal) rewrite(snapshot feed.Message) error {
	if err := j.replaceFile(snapshot); err != nil {
		return fmt.Errorf("write the route journal: %w", err)
	}
	return nil
}

func (j *journal) replaceFile(snapshot feed.Message) error {
	record, sum, err := encode(snapshot, 0)
	if err != nil {
		return err
	}
	unlock, err := j.lock()
	if err != nil {
		return err
	}
	defer unlock()
	file, err := os.CreateTemp(j.dir, journalName+".*")
	if err != nil {
		return err
	}
	if err := fill(file, record, j.path()); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	j.close()
	j.file, j.sum, j.changes = file, sum, 0
	return syncDir(j.dir)
}

func fill(file *os.File, record []byte, path string) error {
	if _, err := file.WriteString(journalMagic); err != nil {
		return err
	}
	if _, err := file.Write(record); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
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
		record, next, err := encode(m, sum)
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

func encode(m feed.Message, before uint32) ([]byte, uint32, error) {
	line, err := json.Marshal(m)
	if err != nil {
		return nil, 0, fmt.Errorf("encode a route: %w", err)
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
