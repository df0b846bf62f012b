package process

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// cgroups is where instances get groups of their own: one folder per hierarchy that we may write to, below the
// group that we are in ourselves, so that nobody escapes a limit that was set on us.
type cgroups struct {
	v1 map[string]string // controller to folder
	v2 string            // empty where there is none
}

// limitControllers are the controllers that Limits need.
var limitControllers = []string{"memory", "cpu", "pids"}

const cgroupName = "longhouse"

// findCgroups makes the folders that can be made. A machine without any isn't an error: missing says what follows.
func findCgroups() cgroups {
	found := cgroups{v1: map[string]string{}}
	groups, _ := os.ReadFile("/proc/self/cgroup") // a machine without it has no groups
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	ours := ownCgroups(groups)
	for _, m := range cgroupMounts(mounts) {
		if m.v2 {
			found.v2 = findV2(m.dir, ours[""])
			continue
		}
		for _, c := range limitControllers {
			if slices.Contains(m.options, c) {
				if dir := ownFolder(m.dir, ours[c]); dir != "" {
					found.v1[c] = dir
				}
			}
		}
	}
	return found.needed()
}

// needed leaves cgroup v2 out where it holds no limit and v1 does, as on machines that mount both: to be born in its group
// takes a call that is otherwise refused to instances.
func (g cgroups) needed() cgroups {
	if g.v2 == "" || len(g.v1) == 0 {
		return g
	}
	for _, c := range limitControllers {
		if g.folder(c) == g.v2 {
			return g
		}
	}
	return cgroups{v1: g.v1}
}

// missing names the controllers whose limits can't be enforced here.
func (g cgroups) missing() []string {
	return slices.DeleteFunc(slices.Clone(limitControllers), func(c string) bool { return g.folder(c) != "" })
}

// folder is where a controller's files are for our children, cgroup v2 first.
func (g cgroups) folder(controller string) string {
	if g.v2 != "" && slices.Contains(readWords(filepath.Join(g.v2, "cgroup.subtree_control")), controller) {
		return g.v2
	}
	return g.v1[controller]
}

// folders are all that an instance gets a group in.
func (g cgroups) folders() []string {
	var all []string
	for _, dir := range g.v1 {
		all = append(all, dir)
	}
	if g.v2 != "" {
		all = append(all, g.v2)
	}
	slices.Sort(all)
	return slices.Compact(all) // controllers mounted together share one
}

// ownFolder makes longhouse/ below the group we are in; where that isn't visible, as in some containers, below the
// mount. It is empty when neither can be made.
func ownFolder(mount, group string) string {
	for _, parent := range []string{filepath.Join(mount, group), mount} {
		dir := filepath.Join(parent, cgroupName)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			continue
		}
		if try, err := os.MkdirTemp(dir, "try"); err == nil && os.Remove(try) == nil { // it may be another user's
			return dir
		}
	}
	return ""
}

// period, in microseconds, is over what the share of the processor is counted. In the kernel's 100 ms an instance of many threads may
// have every core for as long as a neighbour's request takes.
const period = 20_000

// limits gives the value of each file below an instance's group, by folder and name. No limit is written out too,
// since the group may hold that of an earlier generation.
func (g cgroups) limits(l workload.Limits) map[[2]string]string {
	memory, pids := amount(l.MemoryBytes, "max"), amount(int64(l.PIDs), "max")
	quota := int64(l.CPUPercent) * period / 100
	files := map[[2]string]string{}
	for controller, f := range map[string]struct{ name1, value1, name2, value2 string }{
		"memory": {"memory.limit_in_bytes", amount(l.MemoryBytes, "-1"), "memory.max", memory},
		"pids":   {"pids.max", pids, "pids.max", pids},
		"cpu":    {"cpu.cfs_quota_us", amount(quota, "-1"), "cpu.max", amount(quota, "max") + " " + strconv.Itoa(period)},
	} {
		dir := g.folder(controller)
		if controller == "cpu" && dir != "" && dir != g.v2 {
			files[[2]string{dir, "cpu.cfs_period_us"}] = strconv.Itoa(period)
		}
		switch dir {
		case "":
		case g.v2:
			files[[2]string{dir, f.name2}] = f.value2
		default:
			files[[2]string{dir, f.name1}] = f.value1
		}
	}
	return files
}

func amount(n int64, unlimited string) string {
	if n == 0 {
		return unlimited
	}
	return strconv.FormatInt(n, 10)
}

type cgroupMount struct {
	dir     string
	v2      bool
	options []string
}

// cgroupMounts reads what /proc/self/mountinfo has, see proc_pid_mountinfo(5): field 5 is the folder, and after a lone dash
// come type, source and options, which for cgroup v1 name the controllers.
func cgroupMounts(info []byte) (mounts []cgroupMount) {
	for line := range strings.Lines(string(info)) {
		before, after, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		f, tail := strings.Split(before, " "), strings.Split(after, " ")
		if len(f) < 5 || len(tail) < 3 || tail[0] != "cgroup" && tail[0] != "cgroup2" {
			continue
		}
		mounts = append(mounts, cgroupMount{dir: unescaped.Replace(f[4]), v2: tail[0] == "cgroup2", options: strings.Split(tail[2], ",")})
	}
	return mounts
}

// unescaped undoes what the kernel does to names that would break a line.
var unescaped = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#")

// ownCgroups reads what /proc/self/cgroup has: by controller the group that we are in, by "" that of cgroup v2.
func ownCgroups(text []byte) map[string]string {
	groups := map[string]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		for c := range strings.SplitSeq(f[1], ",") {
			groups[c] = f[2]
		}
	}
	return groups
}

func readWords(path string) []string {
	b, _ := os.ReadFile(path)
	return strings.Fields(string(b))
}
