package process

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// saysWhatIsNotEnforced is what there is to see where a cgroup can't be had.
func saysWhatIsNotEnforced(t *testing.T, m *machine, controller string) {
	t.Helper()
	b, err := os.ReadFile(m.logFile())
	if err != nil || !strings.Contains(string(b), "limits aren't enforced by a cgroup") || !strings.Contains(string(b), `"`+controller+`"`) {
		t.Fatalf("the agent doesn't say that there is no limit of %s: %s, %v", controller, b, err)
	}
}

func TestInstanceThatTakesTooMuchMemoryIsKilledAlone(t *testing.T) {
	t.Parallel()
	m := setup(t)
	if findCgroups().folder("memory") == "" {
		saysWhatIsNotEnforced(t, m, "memory")
		return
	}
	hog, neighbour := m.Desired(t), m.Desired(t)
	hog.Args, hog.Limits = []string{"play-hog"}, workload.Limits{MemoryBytes: 64 << 20}
	before := m.run(t, neighbour)
	if err := m.client.Apply(t.Context(), hog); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the kernel's kill", func() bool { return m.observe(t, hog.ID).LastExit == "killed: out of memory (limit 64 MiB)" })
	if after := m.serving(t, neighbour.ID); after != before {
		t.Fatalf("the neighbour was %+v\nand is %+v", before, after)
	}
}

func TestOutOfMemoryIsToldOfAnAdoptedInstanceToo(t *testing.T) {
	t.Parallel()
	m := setup(t)
	if findCgroups().folder("memory") == "" {
		saysWhatIsNotEnforced(t, m, "memory")
		return
	}
	d := m.Desired(t)
	d.Limits = workload.Limits{MemoryBytes: 192 << 20}
	m.run(t, d)
	m.Restart(t)
	_, _ = m.Client(m.serving(t, d.ID)).Post("http://instance/attack/memory", "application/json", strings.NewReader(`{"most": 2147483648}`)) // it dies of it
	eventually(t, "an end that says why", func() bool { return m.observe(t, d.ID).LastExit == "killed: out of memory (limit 192 MiB)" })
	m.serving(t, d.ID)
}

func TestInstanceThatTakesTooMuchCPUIsSlowedDown(t *testing.T) {
	t.Parallel()
	m := setup(t)
	dir := findCgroups().folder("cpu")
	if dir == "" {
		saysWhatIsNotEnforced(t, m, "cpu")
		return
	}
	d := m.Desired(t)
	d.Args, d.Limits = []string{"play-spinner"}, workload.Limits{CPUPercent: 10}
	if err := m.client.Apply(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a period in which the kernel made it wait", func() bool { // cpu.stat: a name and a number in each line
		words := readWords(filepath.Join(dir, d.ID, "cpu.stat"))
		at := slices.Index(words, "nr_throttled")
		return at >= 0 && words[at+1] != "0"
	})
}

func TestLimitsFollowTheGeneration(t *testing.T) {
	t.Parallel()
	m := setup(t)
	groups, d := findCgroups(), m.Desired(t)
	for _, c := range []struct {
		limits workload.Limits
		want   map[string][]string // by controller what its file may hold, v1 or v2
	}{
		{workload.Limits{PIDs: 77, CPUPercent: 150}, map[string][]string{"pids": {"77"}, "cpu": {"30000", "30000 20000"}}},
		{workload.Limits{}, map[string][]string{"pids": {"max"}, "cpu": {"-1", "max 20000"}}},
	} {
		d.Limits = c.limits
		before := m.observe(t, d.ID).PID
		m.run(t, d)
		eventually(t, "a process with these limits", func() bool {
			o := m.observe(t, d.ID)
			return o.State == workload.StateRunning && o.PID != before
		})
		for controller, want := range c.want {
			dir := groups.folder(controller)
			if dir == "" {
				saysWhatIsNotEnforced(t, m, controller)
				continue
			}
			name := "pids.max"
			if controller == "cpu" {
				name = map[bool]string{true: "cpu.max", false: "cpu.cfs_quota_us"}[dir == groups.v2]
			}
			got, err := os.ReadFile(filepath.Join(dir, d.ID, name))
			if err != nil || !slices.Contains(want, strings.TrimSpace(string(got))) {
				t.Errorf("%+v: %s = %q, %v", c.limits, name, got, err)
			}
		}
		d.Generation++
	}
}

func TestDaemonOfAnInstanceDoesNotOutliveIt(t *testing.T) {
	t.Parallel()
	m := setup(t)
	groups := findCgroups()
	if len(groups.folders()) == 0 { // nothing holds such a process then: the weaker mode
		saysWhatIsNotEnforced(t, m, "pids")
		return
	}
	d := m.Desired(t)
	d.Args = []string{"play-daemonizer"}
	o := m.run(t, d)
	members := readWords(filepath.Join(groups.folders()[0], d.ID, "cgroup.procs"))
	if !slices.Contains(members, itoa(o.PID)) || len(members) != 2 {
		t.Fatalf("the group holds %v, expected are %d and its daemon", members, o.PID)
	}
	if err := m.client.Remove(t.Context(), d.ID, 1); err != nil {
		t.Fatal(err)
	}
	for _, word := range members {
		pid, _ := strconv.Atoi(word)
		if b, err := os.ReadFile("/proc/" + word + "/cmdline"); err == nil && len(b) > 0 {
			t.Errorf("process %d still runs: %q", pid, b)
		}
	}
	for _, dir := range groups.folders() {
		if exists(filepath.Join(dir, d.ID)) {
			t.Errorf("the group %s is still there", filepath.Join(dir, d.ID))
		}
	}
}

func TestNothingOfAnInstanceThatEndedOutlivesTheMachine(t *testing.T) {
	t.Parallel()
	m := setup(t)
	groups := findCgroups()
	if len(groups.folders()) == 0 { // nothing holds such a process then: the weaker mode
		saysWhatIsNotEnforced(t, m, "pids")
		return
	}
	d := m.Desired(t)
	d.Args = []string{"play-fugitive"}
	if err := m.client.Apply(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an end", func() bool {
		o := m.observe(t, d.ID)
		return o.Restarts > 2 && o.State == workload.StateBackoff
	})
	if err := m.client.StopAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an empty group", func() bool {
		return len(readWords(filepath.Join(groups.folders()[0], d.ID, "cgroup.procs"))) == 0
	})
}
