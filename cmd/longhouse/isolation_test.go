package main

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/confine"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

func TestWhatIsMissingForSomeInstancesIsShownWhenThereAreSuch(t *testing.T) {
	t.Parallel()
	b := process.Borders{Kernel: confine.Support{Landlock: 2, Seccomp: true}, Users: true, Open: []process.Missing{{Border: "TCP ports (Landlock 4)", Instead: "nothing"}}}
	if shown := borders(b); strings.Contains(shown, "MISSING") || !strings.Contains(shown, "Landlock 2") {
		t.Errorf("without such instances:\n%s", shown)
	}
	b.OpenInstances = 3
	if shown := borders(b); !strings.Contains(shown, "MISSING  for 3 instances that make their connections themselves (of an earlier release): TCP ports (Landlock 4): nothing") {
		t.Errorf("with such instances:\n%s", shown)
	}
}
