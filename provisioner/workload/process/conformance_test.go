package process

import (
	"testing"

	"github.com/longhouse-dev/longhouse/internal/confine"
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

// Holds: without users of their own, instances can change each other's modes and open each other's sockets if they open any,
// and only a group bounds how many processes one has. What a kernel lacks is as findBorders says.
func (m *machine) Holds(attack string, itself bool) bool {
	have := confine.Look()
	switch attack {
	case "write":
		return asRoot()
	case "dial":
		return asRoot() || !itself
	case "reach":
		return !itself
	case "connect", "listen":
		return have.Landlock >= 4 || !itself
	case "abstract":
		return have.Landlock >= 6 || !itself
	case "signal":
		return have.Landlock >= 6 || asRoot()
	case "spin":
		return m.role == "play-agent" && findCgroups().folder("cpu") != ""
	case "fork":
		return asRoot() || m.role == "play-agent" && findCgroups().folder("pids") != ""
	}
	return true
}
