package process

import (
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload/conformance"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) conformance.Subject { return setup(t) })
}

// Without cgroups the kernel's limits for users and the agent's own look take their place.
func TestConformanceWithoutCgroups(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) conformance.Subject { return setupAs(t, "play-agent-bare") })
}

// Holds: without users of their own, instances can open each other's sockets and change each other's modes, and only a
// group bounds how many processes one has.
func (m *machine) Holds(attack string) bool {
	switch attack {
	case "dial", "write":
		return asRoot()
	case "fork":
		return asRoot() || m.role == "play-agent" && findCgroups().folder("pids") != ""
	}
	return true
}
