package guides

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

const folder = "../../docs/guides"

// order is that of the readers: an admin has signed up as a customer before.
var order = []string{"customer.md", "admin.md", "operator.md", "contributor.md"}

func TestTheCommandsOfTheGuidesWork(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--canaries", "1s")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env := []string{"HOME=" + home, "DIR=" + m.Dir, "LONGHOUSE_API=" + m.Up.API, "PATH=" + m.Bin + ":" + os.Getenv("PATH"),
		"GOCACHE=" + goEnv(t, "GOCACHE"), "GOMODCACHE=" + goEnv(t, "GOMODCACHE"), "GOFLAGS=-mod=readonly", "GOWORK=off"}
	for _, guide := range order {
		dir := home
		if guide == "contributor.md" {
			dir = root
		}
		run(t, guide, dir, env)
	}
}

// run gives all commands of a guide to one shell, in which a command that fails ends it.
func run(t *testing.T, guide, dir string, env []string) {
	t.Helper()
	commands := commandsOf(t, guide)
	if commands == "" {
		t.Fatalf("%s has no commands", guide)
	}
	c := exec.Command("bash", "-eu", "-o", "pipefail", "-c", "set -v\n"+commands)
	c.Dir, c.Env = dir, env
	if said, err := c.CombinedOutput(); err != nil {
		t.Errorf("the commands of %s: %v\n%s", guide, err, said)
	}
}

// commandsOf are the blocks of a page that begin with ```sh.
func commandsOf(t *testing.T, guide string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, guide))
	if err != nil {
		t.Fatal(err)
	}
	var commands strings.Builder
	within := false
	for line := range strings.Lines(string(data)) {
		switch {
		case strings.HasPrefix(line, "```"):
			within = strings.TrimSpace(line) == "```sh"
		case within:
			commands.WriteString(line)
		}
	}
	return commands.String()
}

func TestNoGuideIsLeftOut(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil || len(pages) != len(order) {
		t.Errorf("there are %v, and tried are %v: %v", pages, order, err)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
