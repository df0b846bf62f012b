package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Newer returns a folder with other builds of the programs: they do the same and have other hashes.
func (m *Machine) Newer(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(m.Dir), "newer")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"longhouse", "workspace-server"} {
		data, err := os.ReadFile(filepath.Join(m.Bin, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), append(data, "another build"...), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Upgrade runs `longhouse upgrade` of the programs in a folder.
func (m *Machine) Upgrade(t testing.TB, bin string) ([]byte, error) {
	t.Helper()
	return exec.Command(filepath.Join(bin, "longhouse"), "upgrade", "--data", m.Dir).CombinedOutput()
}
