package supervisor

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// mark begins the variable by which a child without a record is found: it names where the record would be. It is in
// the child's environment before anybody can be killed between starting the child and writing its record.
const mark = "LONGHOUSE_CHILD="

// Left lists the children of an earlier life with their records in dir that still run.
func Left(dir string) []string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	var names []string
	for name := range strays(dir) {
		names = append(names, name)
	}
	files, _ := filepath.Glob(recordFile(dir, "*")) // the pattern is a good one
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if _, p := read(dir, name); p != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// strays finds marked processes, the oldest first. Children of children may bear the mark too, and lead a session as
// PostgreSQL's do; the oldest is the child itself.
func strays(dir string) map[string][]proc.Record {
	found := map[string][]proc.Record{}
	entries, _ := os.ReadDir("/proc") // without /proc no process could have been started either
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
		if err != nil { // we may not look into it, so that it isn't ours
			continue
		}
		name := marked(env, dir)
		if name == "" {
			continue
		}
		if r, err := proc.Leader(pid); err == nil {
			found[name] = append(found[name], r)
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b proc.Record) int { return cmp.Compare(a.StartTime, b.StartTime) })
	}
	return found
}

// marked reads the environment of a process, which is what the process makes of it; it is empty for what isn't a child of ours.
func marked(env []byte, dir string) string {
	for entry := range bytes.SplitSeq(env, []byte{0}) {
		file, ok := strings.CutPrefix(string(entry), mark)
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); ok && file == recordFile(dir, name) {
			return name
		}
	}
	return ""
}

// haltStrays ends what runs without a record. It was killed so shortly after its start that nothing is lost with it,
// and without a record nobody knows how it was started.
func (s *Supervisor) haltStrays(ctx context.Context, c Child) error { return s.haltOthers(ctx, c, 0) }

// haltOthers spares the one that has a record.
func (s *Supervisor) haltOthers(ctx context.Context, c Child, spared int) error {
	for _, r := range s.strays[c.Name] {
		if r.PID == spared {
			continue
		}
		p, err := proc.Adopt(r)
		if err != nil { // it has ended
			continue
		}
		s.log.Info("stopping, as it was started and not written down", "child", c.Name, "pid", p.PID())
		if err := s.end(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}
