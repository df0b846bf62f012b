package up

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// workers are two: when the one that works dies, the other goes on with what it had in hand at once.
var workers = []string{"worker-a", "worker-b"}

// solos are two: one innocent suspect after the other goes on while the culprit kills the other solo.
var solos = []string{"solo-a", "solo-b"}

// working lists all that work operations, in the order in which they end.
func working(l datadir.Layout) []string { return slices.Concat(solos, waitingFirst(l)) }

// waitingFirst lists them with the one that works last, so that nobody who is about to end takes over.
func waitingFirst(l datadir.Layout) []string {
	list := slices.Clone(workers)
	said, err := os.ReadFile(l.WorkerLock())
	if at, _, _ := strings.Cut(string(said), " "); err == nil && at == list[0] {
		slices.Reverse(list)
	}
	return list
}

// startWorkers replaces those of another version one after the other: who has waited first, which then takes over from the one
// that works.
func (m *machine) startWorkers(ctx context.Context) error {
	if m.options.NoWorker {
		return m.children.Stop(ctx, working(m.layout)...)
	}
	return m.keepWorking(ctx, working(m.layout)...)
}

func (m *machine) keepWorking(ctx context.Context, names ...string) error {
	for _, name := range names {
		child := m.worker
		if slices.Contains(solos, name) {
			child = m.solo
		}
		if err := m.children.Keep(ctx, child(name)); err != nil {
			return err
		}
	}
	return nil
}
