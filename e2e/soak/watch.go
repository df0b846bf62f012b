package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// grownUp is how old a process is at the most when its memory says something: what it needs to come up is behind it.
const grownUp = 45 * time.Second

// watch samples `longhouse up`, its children and the instances for a time in which nobody hurts them, so that each can be
// told from its own past.
type watch struct {
	*machine.Machine
	window time.Duration // how long processes can be watched that live all the time
	settle time.Duration // how old they are then
	every  time.Duration
	since  map[int]time.Time // when a process was first seen
	lives  map[string]map[int]life
}

func newWatch(m *machine.Machine, lasts time.Duration) *watch {
	settle := min(grownUp, lasts/4)
	return &watch{Machine: m, window: lasts - settle, settle: settle, every: min(5*time.Second, lasts/60),
		since: map[int]time.Time{}, lives: map[string]map[int]life{}}
}

func (w *watch) look(ctx context.Context) {
	tick := time.NewTicker(w.every)
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
			for _, pid := range instances(w.Dir) {
				w.note(instance, pid, now)
			}
		}
	}
}

func (w *watch) note(name string, pid int, now time.Time) {
	if w.lives[name] == nil {
		w.lives[name] = map[int]life{}
	}
	if _, known := w.since[pid]; !known {
		w.since[pid] = now
	}
	memory, err := own(pid)
	if err != nil || now.Sub(w.since[pid]) < w.settle {
		return
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err == nil {
		w.lives[name][pid] = append(w.lives[name][pid], sample{now, memory, float64(len(files))})
	}
}

// flat fails for each part that grew, or of which nobody can tell.
func (w *watch) flat(t *testing.T) {
	t.Helper()
	for name, byProcess := range w.lives {
		var lives []life
		for _, l := range byProcess {
			lives = append(lives, l)
		}
		report, problems := grown(lives, w.window)
		t.Logf("%-12s %s", name, report)
		for _, problem := range problems {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

var errGone = errors.New("the process has ended")

// own is the memory in MiB that is a process's own: what it shares, as files and buffers, is nobody's leak.
func own(pid int) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errGone // a zombie has no memory
}
