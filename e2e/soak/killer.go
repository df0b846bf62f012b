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
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// instance is what all instances are called together: there are many of them, and each part shall be hit about as often as
// any other.
const instance = "instance"

// killer ends parts of the machine as kill -9 does.
type killer struct {
	*machine.Machine
	random *rand.Rand
	names  []string       // of all parts
	due    []string       // what was not hit yet in this round, in random order
	killed map[string]int // by the part's name
}

func newKiller(m *machine.Machine, random *rand.Rand) *killer {
	k := &killer{Machine: m, random: random, names: []string{instance}, killed: map[string]int{}}
	for name := range children(m.Dir) {
		k.names = append(k.names, name)
	}
	slices.Sort(k.names)
	return k
}

// hunt kills one part after the other, in rounds of random order, with pauses that are long enough for most of them to come
// back, and short enough that all are hit in the time.
func (k *killer) hunt(ctx context.Context, lasts time.Duration) {
	most := min(20*time.Second, lasts/time.Duration(len(k.names)))
	for {
		pause(ctx, k.random, most)
		if ctx.Err() != nil {
			return
		}
		if len(k.due) == 0 {
			k.due = slices.Clone(k.names)
			k.random.Shuffle(len(k.due), func(i, j int) { k.due[i], k.due[j] = k.due[j], k.due[i] })
		}
		name := k.due[0]
		k.due = k.due[1:]
		if pid := k.process(name); pid > 0 && syscall.Kill(pid, syscall.SIGKILL) == nil {
			k.killed[name]++
		} else {
			k.due = append(k.due, name) // it is just coming back
		}
	}
}

// hitAll fails for each part that was never killed.
func (k *killer) hitAll(t *testing.T) {
	t.Helper()
	for _, name := range k.names {
		if k.killed[name] == 0 {
			t.Errorf("%s was never killed: nobody knows what becomes of the rest then", name)
		}
	}
}

func (k *killer) process(name string) int {
	if name != instance {
		return children(k.Dir)[name]
	}
	pids := instances(k.Dir)
	if len(pids) == 0 {
		return 0
	}
	return pids[k.random.IntN(len(pids))]
}

// children are the process ids of the parts that are recorded for adoption, by name.
func children(dir string) map[string]int {
	pids := map[string]int{}
	files, _ := filepath.Glob(filepath.Join(dir, "run", "children", "*.json"))
	for _, file := range files {
		var record struct {
			Process process `json:"process"`
		}
		if read(file, &record) && record.Process.PID > 0 {
			pids[strings.TrimSuffix(filepath.Base(file), ".json")] = record.Process.PID
		}
	}
	return pids
}

// instances are the process ids of the instances that the agent has started.
func instances(dir string) (pids []int) {
	files, _ := filepath.Glob(filepath.Join(dir, "agent", "instances", "*", "process.json"))
	for _, file := range files {
		var started struct {
			Record process `json:"record"`
		}
		if read(file, &started) && started.Record.PID > 0 {
			pids = append(pids, started.Record.PID)
		}
	}
	return pids
}

type process struct {
	PID int `json:"pid"`
}

func read(file string, into any) bool {
	data, err := os.ReadFile(file)
	return err == nil && json.Unmarshal(data, into) == nil
}
