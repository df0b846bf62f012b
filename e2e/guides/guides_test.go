package guides

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// guide is a page and who reads it.
type guide struct {
	page, reader string
}

const (
	newcomer    = "newcomer"
	customer    = "customer"
	operator    = "operator"
	contributor = "contributor"
)

// order is that of the readers: an admin has signed up as a customer before, and nobody stays signed in when the operator has
// restored a backup.
var order = []guide{
	{"README.md", newcomer}, {"docs/guides/customer.md", customer}, {"docs/guides/admin.md", customer}, {"docs/guides/ip-filter.md", customer}, {"docs/api.md", customer},
	{"docs/cells.md", operator}, {"docs/guides/contributor.md", contributor}, {"docs/guides/operator.md", operator},
}

// desk is where a reader sits.
type desk struct {
	m    *machine.Machine
	bin  string            // the folder of the programs that the reader has
	home map[string]string // by reader
}

func TestTheCommandsOfTheGuidesWork(t *testing.T) {
	t.Parallel()
	d := &desk{m: machine.Start(t, "--canaries", "1s"), home: map[string]string{}}
	d.bin = d.m.Bin
	for _, reader := range []string{newcomer, customer, operator, contributor} {
		d.home[reader] = t.TempDir()
	}
	// A newcomer sits in the folder of the repository, where the programs were built.
	if err := os.Symlink(d.bin, filepath.Join(d.home[newcomer], "bin")); err != nil {
		t.Fatal(err)
	}
	for _, g := range order {
		for _, s := range stepsOf(read(t, g.page)) {
			if s.hand != "" {
				d.hand(t, g, s.hand)
			} else if !d.run(t, g, s.commands) {
				return
			}
		}
	}
}

// hand does what a page tells its reader to do, and no command does.
func (d *desk) hand(t *testing.T, g guide, what string) {
	t.Helper()
	switch what {
	case "stop":
		d.m.Interrupt(t)
	case "start":
		d.m.Again(t)
	case "install the next version":
		d.bin = d.m.Newer(t)
	default:
		t.Fatalf("%s: nobody knows how to do %q by hand", g.page, what)
	}
}

// run gives commands to one shell, in which a command that fails ends it.
func (d *desk) run(t *testing.T, g guide, commands string) (well bool) {
	t.Helper()
	c := exec.Command("bash", "-eu", "-o", "pipefail", "-c", "set -v\n"+commands)
	c.Dir = d.home[g.reader]
	c.Env = []string{"HOME=" + d.home[g.reader], "DIR=" + d.m.Dir, "LONGHOUSE_API=" + d.m.Up.API, "PATH=" + d.bin + ":" + os.Getenv("PATH"),
		"GOCACHE=" + goEnv(t, "GOCACHE"), "GOMODCACHE=" + goEnv(t, "GOMODCACHE"), "GOFLAGS=-mod=readonly", "GOWORK=off"}
	switch g.reader {
	case contributor:
		c.Dir = docs
	case operator:
		c.Env = append(c.Env, "LONGHOUSE_TOKEN="+d.m.Operator(t))
	}
	if said, err := c.CombinedOutput(); err != nil {
		t.Errorf("the commands of %s: %v\n%s", g.page, err, said)
		return false
	}
	return true
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
