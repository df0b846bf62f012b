package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// strays finds processes that an agent of this data directory started as instances, by the socket folder that
// their environment names. An agent that died between a start and writing it down leaves one whose record nobody
// has; it must end before another is started on the same database.
func (c Config) strays() map[string][]proc.Record {
	found := map[string][]proc.Record{}
	entries, _ := os.ReadDir("/proc") // without /proc no process could have been started either
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		env, err := proc.Environ(pid)
		if err != nil { // we may not look into it, so that it isn't ours
			continue
		}
		name := c.socketDirOf(env)
		if name == "" {
			continue
		}
		if r, err := proc.Leader(pid); err == nil {
			found[name] = append(found[name], r)
		}
	}
	return found
}

// socketDirOf reads the environment of a process, which is what the process makes of it; it is empty for what isn't an instance
// of ours.
func (c Config) socketDirOf(env []byte) string {
	for entry := range bytes.SplitSeq(env, []byte{0}) {
		path, ok := strings.CutPrefix(string(entry), workload.AdminListenVariable+"=unix:")
		if !ok {
			continue
		}
		name := filepath.Base(filepath.Dir(filepath.Dir(path)))
		if path == c.adminSocket(name) {
			return name
		}
	}
	return ""
}
