package soak

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// killer ends parts of the machine as kill -9 does.
type killer struct {
	*machine.Machine
	random *rand.Rand
	killed map[string]int // by the part's name
}

// hunt kills a random part, again and again, with pauses that are long enough for most of them to come back.
func (k *killer) hunt(ctx context.Context) {
	for {
		pause(ctx, k.random, 20*time.Second)
		if ctx.Err() != nil {
			return
		}
		parts := k.processes()
		if len(parts) == 0 {
			continue
		}
		part := parts[k.random.IntN(len(parts))]
		if syscall.Kill(part.pid, syscall.SIGKILL) == nil {
			k.killed[part.name]++
		}
	}
}

// part is a running child of `longhouse up`, or an instance.
type part struct {
	name string
	pid  int
}

// processes are the children that are recorded for adoption, and one of the instances: there are many of them, and each
// part shall be hit about as often as any other.
func (k *killer) processes() (parts []part) {
	for name, pid := range children(k.Dir) {
		parts = append(parts, part{name, pid})
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	instances, _ := filepath.Glob(filepath.Join(k.Dir, "agent", "instances", "*", "process.json"))
	if len(instances) == 0 {
		return parts
	}
	var started struct {
		Record struct {
			PID int `json:"pid"`
		} `json:"record"`
	}
	data, err := os.ReadFile(instances[k.random.IntN(len(instances))])
	if err == nil && json.Unmarshal(data, &started) == nil && started.Record.PID > 0 {
		parts = append(parts, part{"instance", started.Record.PID})
	}
	return parts
}

// children are the process ids of the parts that are recorded for adoption, by name.
func children(dir string) map[string]int {
	pids := map[string]int{}
	files, _ := filepath.Glob(filepath.Join(dir, "run", "children", "*.json"))
	for _, file := range files {
		var record struct {
			Process struct {
				PID int `json:"pid"`
			} `json:"process"`
		}
		data, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(data, &record) == nil && record.Process.PID > 0 {
			pids[strings.TrimSuffix(filepath.Base(file), ".json")] = record.Process.PID
		}
	}
	return pids
}
