package edge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// journalMagicBefore is that of the release before: all routes are in the line of the snapshot.
const journalMagicBefore = "longhouse-edge-routes 1\n"

// filterMark stands before a route's IP filter, and nowhere else in a line: JSON escapes it.
const filterMark = '\t'

// snapshotLine is what the line of a snapshot says.
type snapshotLine struct {
	feed.Message
	Kept int `json:"kept"` // how many routes follow
}

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
	r := &replay{table: table, lines: bufio.NewReaderSize(file, 1<<20)}
	magic := make([]byte, len(journalMagic))
	if _, err := io.ReadFull(r.lines, magic); err != nil || string(magic) != journalMagic && string(magic) != journalMagicBefore {
		return fmt.Errorf("%s is not a route journal that this release reads", j.path())
	}
	if err := r.run(); err != nil {
		return fmt.Errorf("%s, record %d: %w", j.path(), r.n, err)
	}
	return nil
}

// replay puts what a journal says in force.
type replay struct {
	table *Table
	lines *bufio.Reader
	long  []byte // a line that doesn't fit into the reader
	sum   uint32
	n     int // records that were begun
}

func (r *replay) run() error {
	if err := r.snapshot(); err != nil {
		return err
	}
	for {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		m, err := feed.Parse(line)
		if err != nil {
			return err
		}
		if m.Type != feed.KindChange {
			return fmt.Errorf("a %s is out of place", m.Type)
		}
		_, _ = r.table.Apply(m) // what was unusable was logged when it was learned
	}
}

// snapshot reads the first line, and the routes that belong to it.
func (r *replay) snapshot() error {
	line, err := r.next()
	if err != nil {
		return err
	}
	var head snapshotLine
	if err := json.Unmarshal(line, &head); err != nil {
		return err
	}
	if head.Type != feed.KindSnapshot {
		return fmt.Errorf("a %s is out of place", head.Type)
	}
	if len(head.Routes) > 0 {
		_, _ = r.table.Replace(head.Message) // as before
		return nil
	}
	var routes []*Route // of which there are not as many as are promised, perhaps
	for range head.Kept {
		line, err := r.next()
		if err != nil {
			return errors.Join(errors.New("a route is missing"), err)
		}
		route, err := parseKept(line)
		if err != nil {
			return err
		}
		routes = append(routes, route)
	}
	r.table.restore(exported{head.Message, routes})
	return nil
}

// parseKept reads a route that was found usable before it was put on disk.
func parseKept(line []byte) (*Route, error) {
	text, filter, has := bytes.Cut(line, []byte{filterMark})
	var route feed.Route
	if err := json.Unmarshal(text, &route); err != nil {
		return nil, err
	}
	if route.WorkspaceID == "" || route.Filter != nil {
		return nil, errors.New("a route is not as it is kept")
	}
	var kept rules
	if has {
		kept = append(rules{}, filter...)
	}
	usable, _ := made(route, kept) // what was not was logged when it was learned
	return usable, nil
}

// next returns what the next record says, until the one after it is asked for. io.EOF is the end of the file after a whole record.
func (r *replay) next() ([]byte, error) {
	r.n++
	record, err := r.line()
	if err != nil {
		return nil, err
	}
	if len(record) < sumDigits+1 || record[sumDigits] != ' ' {
		return nil, errors.New("record is cut off")
	}
	want, err := strconv.ParseUint(string(record[:sumDigits]), 16, 32)
	line := record[sumDigits+1:]
	r.sum = crc32.Update(r.sum, castagnoli, line)
	if err != nil || uint32(want) != r.sum {
		return nil, errors.New("checksum doesn't match")
	}
	return line, nil
}

func (r *replay) line() ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.lines.ReadSlice('\n')
		switch {
		case err == nil && len(r.long) == 0:
			return part[:len(part)-1], nil
		case err == nil:
			r.long = append(r.long, part...)
			return r.long[:len(r.long)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			r.long = append(r.long, part...)
		case errors.Is(err, io.EOF) && len(r.long)+len(part) > 0:
			return nil, errors.New("record is cut off")
		default:
			return nil, err
		}
	}
}
