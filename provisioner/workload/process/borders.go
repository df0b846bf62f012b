package process

import (
	"fmt"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/confine"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// Borders say what separates the instances of a machine here, and what can't.
type Borders struct {
	Kernel   confine.Support   `json:"kernel"`
	Cgroups  map[string]string `json:"cgroups"`  // by controller: "v1" or "v2"; absent: no limit by a group
	Users    bool              `json:"users"`    // each instance has a user of its own
	Required bool              `json:"required"` // the agent doesn't run unless all hold
	Missing  []Missing         `json:"missing"`  // what doesn't hold
	// Open is what doesn't hold besides for instances that make their connections themselves, and OpenInstances how many there are.
	Open          []Missing `json:"open"`
	OpenInstances int       `json:"open_instances"`
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
	b := Borders{Kernel: confine.Look(), Cgroups: map[string]string{}, Users: asRoot(), Required: required, Missing: []Missing{}, Open: []Missing{}}
	b.ofGroups(g)
	b.ofKernel()
	if !b.Users {
		b.Missing = append(b.Missing, Missing{"a user per instance", "instances run as the agent's own user: Landlock alone keeps their files apart"})
	}
	return b
}

func (b *Borders) ofGroups(g cgroups) {
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
}

func (b *Borders) ofKernel() {
	sealed := b.Kernel.Missing(true)
	for _, what := range b.Kernel.Missing(false) {
		switch missing := (Missing{what, "users and modes of files alone"}); {
		case what == confine.Signals && b.Users: // the kernel never lets one user signal another
		case slices.Contains(sealed, what):
			b.Missing = append(b.Missing, missing)
		default:
			b.Open = append(b.Open, missing)
		}
	}
}

// check refuses to go on where the operator asked for all borders.
func (b Borders) check() error { return b.require(b.Missing) }

// admit refuses an instance for which a border is missing that the operator asked for.
func (b Borders) admit(d workload.Desired) error {
	if d.Broker != nil {
		return nil
	}
	if err := b.require(b.Open); err != nil {
		return fmt.Errorf("%w: it makes its connections itself, %w", workload.ErrInvalid, err)
	}
	return nil
}

func (b Borders) require(missing []Missing) error {
	if !b.Required || len(missing) == 0 {
		return nil
	}
	var list []string
	for _, m := range missing {
		list = append(list, m.Border)
	}
	return fmt.Errorf("isolation is required, and this machine lacks: %s", strings.Join(list, "; "))
}

// bordersNow are those of the machine, and how many instances don't have all of them.
func (a *Agent) bordersNow() Borders {
	b := a.borders
	for _, in := range a.all() {
		in.mu.Lock()
		if in.child != nil && in.child.broker == nil {
			b.OpenInstances++
		}
		in.mu.Unlock()
	}
	return b
}
