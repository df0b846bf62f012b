package edge

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// TestAFullFileThatHasNoNextCostsLinesAlone: it is handed over, and where no other can be made lines are counted.
func TestAFullFileThatHasNoNextCostsLinesAlone(t *testing.T) {
	t.Parallel()
	s := newSpool(filepath.Join(t.TempDir(), "access"), "edg_one", id.Show(id.EdgeLease, id.New()))
	must(t, os.Mkdir(s.dir, 0o700))
	s.most = 1
	_, _ = s.Write(keptLine("/a"))
	must(t, s.failing())
	must(t, os.RemoveAll(s.dir))
	_, _ = s.Write(keptLine("/b"))
	if n := s.unwritten.Load(); n != 1 || s.failing() == nil {
		t.Errorf("%d lines are counted, and the trouble is %v", n, s.failing())
	}
}
