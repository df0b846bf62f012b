package up

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// TestAProgramThatOnlyRootReachesIsOneThatWorkersCanNotRun: the file is open to all, and the folder above it is not.
func TestAProgramThatOnlyRootReachesIsOneThatWorkersCanNotRun(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "lh")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, link := filepath.Join(dir, "tofu"), filepath.Join(dir, "link")
	must(t, os.WriteFile(program, nil, 0o755))
	must(t, os.Symlink(program, link))
	for mode, want := range map[os.FileMode]bool{0o755: true, 0o711: true, 0o700: false} {
		must(t, os.Chmod(dir, mode))
		for _, path := range []string{program, link} {
			if got := othersMayRun(path); got != (want || !datadir.AsRoot()) {
				t.Errorf("%s in a folder of mode %o: %t", path, mode, got)
			}
		}
	}
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(program, 0o744))
	if othersMayRun(program) && datadir.AsRoot() {
		t.Error("a program of mode 744 passes")
	}
	if othersMayRun(filepath.Join(dir, "none")) && datadir.AsRoot() {
		t.Error("a program that is not there passes")
	}
}
