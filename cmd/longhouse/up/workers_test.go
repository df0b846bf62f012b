package up

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

func TestTheWorkerThatWorksComesLast(t *testing.T) {
	t.Parallel()
	l := datadir.Layout{Root: t.TempDir()}
	must(t, os.MkdirAll(filepath.Dir(l.WorkerLock()), 0o700))
	for said, want := range map[string]string{"worker-a host/1/2-3\n": "worker-a", "worker-b host/1/2-3\n": "worker-b"} {
		must(t, os.WriteFile(l.WorkerLock(), []byte(said), 0o600))
		got := waitingFirst(l)
		if len(got) != len(workers) || got[len(got)-1] != want {
			t.Errorf("%q: %v", said, got)
		}
	}
	must(t, os.Remove(l.WorkerLock()))
	if got := slices.Sorted(slices.Values(waitingFirst(l))); !slices.Equal(got, workers) {
		t.Errorf("nobody works: %v", got)
	}
}
