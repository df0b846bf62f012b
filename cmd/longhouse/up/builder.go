package up

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/terraform"
)

// builderTool sees to it that the workers, who run under another user id, can run the terraform or OpenTofu that this
// program has found: one that lies where they don't look, or may not go, is copied to where they do.
func (m *machine) builderTool() error {
	tool, err := terraform.Installed(context.Background())
	if err != nil && !m.firstStart() {
		return nil // register says so
	}
	if err != nil {
		return err
	}
	if found, err := exec.LookPath(filepath.Base(tool)); err == nil && found == tool && othersMayRun(tool) {
		return nil
	}
	sum, err := m.install(tool, filepath.Base(tool))
	m.tools = filepath.Dir(m.layout.Release(sum))
	return err
}

// firstStart reports whether there is nothing yet that could go on without terraform.
func (m *machine) firstStart() bool { return m.before == (datadir.Settings{}) }

// othersMayRun reports whether any user of the machine can run a program.
func othersMayRun(program string) bool {
	if !datadir.AsRoot() {
		return true // everything runs as one user
	}
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		return false
	}
	for at, need := real, os.FileMode(0o005); ; at, need = filepath.Dir(at), 0o001 {
		info, err := os.Stat(at)
		if err != nil || info.Mode()&need != need {
			return false
		}
		if at == filepath.Dir(at) {
			return true
		}
	}
}
