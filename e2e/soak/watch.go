package soak

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// grownUp is how old a process is when its memory says something: what it needs to come up is behind it.
const grownUp = 45 * time.Second

// sample is what a part took at one moment.
type sample struct {
	memory float64 // MiB, resident
	files  int     // open file descriptors
}

// watch samples `longhouse up` and its children.
type watch struct {
	*machine.Machine
	since   map[int]time.Time // when a process was first seen
	samples map[string][]sample
}

func newWatch(m *machine.Machine) *watch {
	return &watch{Machine: m, since: map[int]time.Time{}, samples: map[string][]sample{}}
}

func (w *watch) look(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			parts := children(w.Dir)
			parts["up"] = w.Up.PID
			for name, pid := range parts {
				w.note(name, pid, now)
			}
		}
	}
}

func (w *watch) note(name string, pid int, now time.Time) {
	if _, known := w.since[pid]; !known {
		w.since[pid] = now
	}
	memory, err := resident(pid)
	if err != nil || now.Sub(w.since[pid]) < grownUp {
		return
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err == nil {
		w.samples[name] = append(w.samples[name], sample{memory, len(files)})
	}
}

// flat compares what each part took in the first and the last third of the time.
func (w *watch) flat(t *testing.T) {
	t.Helper()
	for name, all := range w.samples {
		third := len(all) / 3
		if third < 3 {
			t.Logf("%-10s %d samples are too few to compare", name, len(all))
			continue
		}
		before, after := median(all[:third]), median(all[len(all)-third:])
		t.Logf("%-10s memory %6.1f -> %6.1f MiB, files %4d -> %4d, %d samples", name, before.memory, after.memory, before.files, after.files, len(all))
		if after.memory > before.memory*1.3+24 {
			t.Errorf("%s grew from %.0f to %.0f MiB", name, before.memory, after.memory)
		}
		if after.files > before.files*13/10+24 {
			t.Errorf("%s grew from %d to %d open files", name, before.files, after.files)
		}
	}
}

// median takes both figures on their own.
func median(all []sample) sample {
	var memory []float64
	var files []int
	for _, s := range all {
		memory, files = append(memory, s.memory), append(files, s.files)
	}
	slices.Sort(memory)
	slices.Sort(files)
	return sample{memory[len(memory)/2], files[len(files)/2]}
}

// resident is a process's memory in MiB.
func resident(pid int) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}
