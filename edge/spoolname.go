package edge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// spoolState is what has become of a file of the access log. It is how its name ends.
type spoolState string

const (
	// spoolOpen: lines are added to it.
	spoolOpen spoolState = "open"
	// spoolSealed: none is added any more.
	spoolSealed spoolState = "lines"
	// spoolPacked: it is a segment as the control plane takes it.
	spoolPacked spoolState = "segment"
)

// spoolName tells files of the access log apart, in the order of time.
type spoolName struct {
	from     time.Time // of its first line; of one that is no segment when it was begun, or a little before
	lease    string
	sequence int64
	lines    int // of a segment
	state    spoolState
	size     int64 // bytes
}

// String is the file's name.
func (n spoolName) String() string {
	return fmt.Sprintf("%013d-%s-%d-%d.%s", n.from.UnixMilli(), n.lease, n.sequence, n.lines, n.state)
}

func (n spoolName) as(state spoolState) spoolName {
	n.state = state
	return n
}

// parseSpoolName reads a file's name. It is false for what the spool has not made.
func parseSpoolName(text string) (n spoolName, ok bool) {
	base, state, _ := strings.Cut(text, ".")
	parts := strings.Split(base, "-")
	if len(parts) != 4 {
		return n, false
	}
	from, err := strconv.ParseInt(parts[0], 10, 64)
	sequence, err2 := strconv.ParseInt(parts[2], 10, 64)
	lines, err3 := strconv.Atoi(parts[3])
	_, err4 := id.Parse(id.EdgeLease, parts[1])
	n = spoolName{from: time.UnixMilli(from), lease: parts[1], sequence: sequence, lines: lines, state: spoolState(state)}
	known := slices.Contains([]spoolState{spoolOpen, spoolSealed, spoolPacked}, n.state)
	return n, errors.Join(err, err2, err3, err4) == nil && known && n.String() == text
}

// spooled lists the files of the access log, the oldest first.
func spooled(dir string) (list []spoolName, err error) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list what is kept of the access log: %w", err)
	}
	for _, f := range found {
		n, ok := parseSpoolName(f.Name())
		if !ok {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, f.Name())); err == nil {
			n.size = info.Size()
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b spoolName) int { return a.from.Compare(b.from) })
	return list, nil
}
