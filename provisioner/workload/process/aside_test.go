package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsPutAsideHasTheLeastWeightOfAll(t *testing.T) {
	t.Parallel()
	a := FindAside()
	sleeper := exec.Command("sleep", "600")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = sleeper.Process.Kill(), sleeper.Wait() })
	pid := sleeper.Process.Pid
	if err := a.Put(pid); err != nil {
		t.Fatal(err)
	}
	if groups := findCgroups(); groups.folder("cpu") == "" {
		if a.Has(pid) {
			t.Error("it is in a group that nobody can make")
		}
		return
	} else if filepath.Dir(a.dir) != filepath.Dir(groups.folder("cpu")) {
		t.Errorf("%s isn't beside the group of all instances, %s", a.dir, groups.folder("cpu"))
	}
	if !a.Has(pid) || a.Has(os.Getpid()) {
		t.Errorf("in it: what was put aside %v, we %v", a.Has(pid), a.Has(os.Getpid()))
	}
	least := map[string]string{"cpu": "cpu.shares 2", "": "cpu.weight 1"}[a.controller]
	name, value, _ := strings.Cut(least, " ")
	idle, weight := readWords(filepath.Join(a.dir, "cpu.idle")), readWords(filepath.Join(a.dir, name))
	if !slices.Equal(idle, []string{"1"}) && !slices.Equal(weight, []string{value}) {
		t.Errorf("it is neither idle, %v, nor has it the least weight, %v", idle, weight)
	}
	if err := a.Back(pid, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	if a.Has(pid) || a.groupOf(pid) != a.groupOf(os.Getpid()) {
		t.Errorf("it is in %s, and we are in %s", a.groupOf(pid), a.groupOf(os.Getpid()))
	}
}
