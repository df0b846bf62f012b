package embedded

import (
	"os"
	"os/exec"
)

// Process is the command for whoever starts it without a supervisor, out of reach of the terminal's Ctrl-C; its streams lead nowhere.
func (c Command) Process() *exec.Cmd {
	cmd := exec.Command(c.Path, c.Args...) //nolint:noctx // Stop is what ends it in good order, not SIGKILL
	cmd.Env, cmd.Dir = c.Env, c.Dir
	account{uid: c.UID, gid: c.GID, switches: os.Geteuid() == 0}.run(cmd)
	return cmd
}
