package process

import (
	"errors"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/confine"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestAnOldKernelIsEnoughForInstancesThatMakeNoConnection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kernel        confine.Support
		users         bool
		missing, open int
	}{
		{confine.Support{Landlock: 2, Seccomp: true}, true, 0, 3}, // Debian 12's own
		{confine.Support{Landlock: 2, Seccomp: true}, false, 1, 3},
		{confine.Support{Landlock: 6, Seccomp: true}, true, 0, 0},
		{confine.Support{Landlock: 2}, true, 4, 0},
	} {
		b := Borders{Kernel: c.kernel, Users: c.users}
		b.ofKernel()
		if len(b.Missing) != c.missing || len(b.Open) != c.open {
			t.Errorf("%s, users %t: missing %v, besides for instances that connect by themselves %v", c.kernel, c.users, b.Missing, b.Open)
		}
	}
}

func TestWhereIsolationIsRequiredNoInstanceRunsThatLacksSome(t *testing.T) {
	t.Parallel()
	b := Borders{Required: true, Open: []Missing{{"TCP ports", "nothing"}}}
	itself, asks := workload.Desired{}, workload.Desired{Broker: &workload.Broker{}}
	if err := b.admit(itself); !errors.Is(err, workload.ErrInvalid) || !strings.Contains(err.Error(), "TCP ports") {
		t.Errorf("one that connects by itself: %v", err)
	}
	if err := errors.Join(b.check(), b.admit(asks)); err != nil {
		t.Errorf("one that asks: %v", err)
	}
	b.Required = false
	if err := b.admit(itself); err != nil {
		t.Errorf("where nobody requires it: %v", err)
	}
}
