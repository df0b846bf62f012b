package process

import (
	"fmt"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/confine"
)

// Borders say what separates the instances of a machine here, and what can't.
type Borders struct {
	Kernel   confine.Support   `json:"kernel"`
	Cgroups  map[string]string `json:"cgroups"`  // by controller: "v1" or "v2"; absent: no limit by a group
	Users    bool              `json:"users"`    // each instance has a user of its own
	Required bool              `json:"required"` // the agent doesn't run unless all hold
	Missing  []Missing         `json:"missing"`  // what doesn't hold
}

// Missing is a border that can't be had, and what there is in its place.
type Missing struct {
	Border  string `json:"border"`
	Instead string `json:"instead"`
}

func (m Missing) String() string { return m.Border + ": " + m.Instead }

// insteadOf says for each controller what bounds an instance without it.
var insteadOf = map[string]string{
	"memory": "the agent looks each second and ends an instance that holds more than its limit",
	"pids":   "the kernel's limit for the instance's user bounds processes and threads",
	"cpu":    "instances share the processors without a limit",
}

// findBorders looks at what this machine has.
func findBorders(g cgroups, required bool) Borders {
	b := Borders{Kernel: confine.Look(), Cgroups: map[string]string{}, Users: asRoot(), Required: required, Missing: []Missing{}}
	for _, c := range limitControllers {
		switch g.folder(c) {
		case "":
			instead := insteadOf[c]
			if c == "pids" && !b.Users {
				instead = "nothing bounds processes and threads"
			}
			b.Missing = append(b.Missing, Missing{"limit of " + c + " (cgroup)", instead})
		case g.v2:
			b.Cgroups[c] = "v2"
		default:
			b.Cgroups[c] = "v1"
		}
	}
	for _, what := range b.Kernel.Missing(false) {
		b.Missing = append(b.Missing, Missing{what, "users and modes of files alone"})
	}
	if !b.Users {
		b.Missing = append(b.Missing, Missing{"a user per instance", "instances run as the agent's own user: Landlock alone keeps their files apart"})
	}
	return b
}

// check refuses to go on where the operator asked for all borders.
func (b Borders) check() error {
	if !b.Required || len(b.Missing) == 0 {
		return nil
	}
	var list []string
	for _, m := range b.Missing {
		list = append(list, m.Border)
	}
	return fmt.Errorf("isolation is required, and this machine lacks: %s", strings.Join(list, "; "))
}
