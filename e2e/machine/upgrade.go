package machine

import (
	"crypto/sha256"
	"encoding/hex"
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

// Installed is where the machine keeps the longhouse of a folder, so that all of its parts can run it.
func (m *Machine) Installed(t testing.TB, bin string) string {
	t.Helper()
	return filepath.Join(m.Dir, "releases", sum(t, filepath.Join(bin, "longhouse")), "longhouse")
}

// Sum is the name of the release that a folder of programs brings.
func Sum(t testing.TB, bin string) string {
	t.Helper()
	return sum(t, filepath.Join(bin, "workspace-server"))
}

func sum(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(data)
	return hex.EncodeToString(hash[:])
}
