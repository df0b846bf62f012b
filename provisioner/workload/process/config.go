// Package process runs instances as processes of this machine.
//
// Its agent owns the instances: their desired state on disk, their processes, sockets and logs. Instances outlive
// the agent, and the next one adopts them. Its client is the workload.Engine for everybody else. Neither decides
// which instances there should be.
//
// As root every instance has a uid of its own, and only the edge's and the control plane's groups reach its
// sockets. Otherwise everything runs as the caller: a weaker mode, meant for trying things out. In both Landlock and
// seccomp bound what an instance does, where the kernel has them; Borders says what holds.
package process

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// maxSocketPath is what fits into sockaddr_un with the closing zero.
const maxSocketPath = 107

// Config of an agent. The data directory must exist.
type Config struct {
	Dir string // the data directory, absolute

	// As root only, ignored otherwise:
	EdgeGID    int // the only group that may open an instance's socket
	ControlGID int // the only group that may open the agent's and an instance's admin socket
	FirstUID   int // no instance runs under a lower number

	// Internet is what instances may be connected to, beside the public internet, whose descriptions allow that.
	Internet egress.Networks

	// DatabaseSockets is the folder of the sockets of the database server that runs on this machine; empty: none does.
	DatabaseSockets string

	// RequireBorders refuses to run on a machine that lacks a border between instances; otherwise what is missing is said
	// and done without.
	RequireBorders bool

	Log *slog.Logger
}

// Validate names the setting, the bad value and what is allowed.
func (c Config) Validate() error {
	longest := c.adminSocket("12345678")
	switch {
	case !filepath.IsAbs(c.Dir) || filepath.Clean(c.Dir) != c.Dir:
		return fmt.Errorf("data directory %q: must be an absolute, clean path", c.Dir)
	case len(longest) > maxSocketPath:
		return fmt.Errorf("data directory %q: its path has %d bytes, allowed are %d, so that unix sockets fit under it",
			c.Dir, len(c.Dir), maxSocketPath-len(longest)+len(c.Dir))
	case c.Log == nil:
		return fmt.Errorf("log: must be set")
	case !asRoot():
		return nil
	case c.EdgeGID <= 0 || c.ControlGID <= 0 || c.EdgeGID == c.ControlGID:
		return fmt.Errorf("edge group %d and control group %d: must be two different positive numbers", c.EdgeGID, c.ControlGID)
	case c.FirstUID <= 0:
		return fmt.Errorf("first uid %d: must be positive", c.FirstUID)
	}
	return nil
}

func asRoot() bool { return os.Geteuid() == 0 }

// Socket is where the agent of a data directory listens.
func Socket(dir string) string { return filepath.Join(dir, "run", "agent.sock") }

func (c Config) agentDir() string             { return filepath.Join(c.Dir, "agent") }
func (c Config) instancesDir() string         { return filepath.Join(c.agentDir(), "instances") }
func (c Config) instanceDir(id string) string { return filepath.Join(c.instancesDir(), id) }
func (c Config) socketDir(name string) string { return filepath.Join(c.Dir, "run", name) }
func (c Config) logDir() string               { return filepath.Join(c.Dir, "logs", "instances") }
func (c Config) logFile(id string) string     { return filepath.Join(c.logDir(), id+".log") }
func (c Config) socket(name string) string    { return filepath.Join(c.socketDir(name), "edge", "s") }
func (c Config) adminSocket(name string) string {
	return filepath.Join(c.socketDir(name), "admin", "s")
}
func (c Config) brokerSocket(name string) string { return filepath.Join(c.socketDir(name), "broker") }

// prepare makes the folders. run/ and work/ can be passed through by all, since edge, control plane and instances have uids
// of their own; what lies in them has its own modes.
func (c Config) prepare() error {
	if _, err := os.Stat(c.Dir); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	for _, d := range []struct {
		path string
		mode os.FileMode
	}{{c.agentDir(), 0o700}, {c.instancesDir(), 0o700}, {c.logDir(), 0o700}, {filepath.Join(c.Dir, "run"), 0o711}, {c.workParent(), 0o711}} {
		if err := os.MkdirAll(d.path, 0o700); err != nil {
			return err
		}
		if err := os.Chmod(d.path, d.mode); err != nil {
			return err
		}
	}
	return nil
}

// admit is what this machine demands beyond what any engine does.
func (c Config) admit(d workload.Desired) error {
	if err := d.Validate(); err != nil {
		return err
	}
	if asRoot() && d.UID < c.FirstUID {
		return fmt.Errorf("%w: uid %d: must be %d or higher", workload.ErrInvalid, d.UID, c.FirstUID)
	}
	return nil
}
