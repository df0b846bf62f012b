package adoption

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

var parts = []string{"pg-control", "pg-cell", "store", "mail", "agent", "edge", "control", "worker-a", "worker-b", "solo-a", "solo-b"}

// ping asks the workspace through the edge.
func ping(m *machine.Machine, c *machine.Customer) error {
	resp, err := m.HTTP().Get(c.Workspace.URL + "/api/v4/system/ping")
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 {
		return fmt.Errorf("the workspace answered %s", resp.Status)
	}
	return nil
}

func pids(t *testing.T, m *machine.Machine) map[string]int {
	list := map[string]int{}
	for _, part := range parts {
		list[part] = m.Child(t, part)
	}
	return list
}

func TestWorkspacesServeWhileUpIsDeadAndTheNextStartAdopts(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "elm")
	before := pids(t, m)
	m.Kill(t)
	if err := ping(m, c); err != nil {
		t.Fatalf("after kill -9 of up: %v", err)
	}
	m.Again(t)
	if after := pids(t, m); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the next start has %v, not the %v that were left", after, before)
	}
	if err := ping(m, c); err != nil {
		t.Fatalf("after the adoption: %v", err)
	}
	m.SignUp(t, "fir")
}

// figures are those of up itself.
func TestWorkspacesServeWhileTheControlPlaneIsDead(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "elm")
	m.Kill(t) // so that nobody restarts what dies next
	for _, part := range []string{"worker-a", "worker-b", "solo-a", "solo-b", "control", "pg-control", "agent", "mail"} {
		if err := syscall.Kill(m.Child(t, part), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if err := ping(m, c); err != nil {
			t.Fatalf("with the control plane dead: %v", err)
		}
	}
	// The edge alone knows the route, also after it was started anew.
	link := m.Child(t, "edge")
	if err := syscall.Kill(link, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	m.Again(t)
	if err := ping(m, c); err != nil {
		t.Fatalf("after everything came back: %v", err)
	}
	c.Open(t)
}

func TestEveryPartThatDiesComesBack(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "elm")
	for _, part := range parts {
		old := m.Child(t, part)
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		machine.Eventually(t, 30*time.Second, part+" to come back", func() error {
			if m.Child(t, part) == old {
				return errors.New("its record is still of the one that was killed")
			}
			return ping(m, c)
		})
	}
	machine.Eventually(t, 30*time.Second, "the control plane to work again", func() error {
		_, stderr, err := m.TryCLI(c.Token, "workspaces", "open", c.Slug)
		if err != nil {
			return fmt.Errorf("%w: %s", err, stderr)
		}
		return nil
	})
	m.SignUp(t, "fir")
	told := m.Figures(t, "")
	for _, part := range parts {
		ends := regexp.MustCompile(fmt.Sprintf(`(?m)^longhouse_child_ends_total{child=%q} [1-9]`, part))
		if !ends.MatchString(told) || !strings.Contains(told, fmt.Sprintf("longhouse_child_up{child=%q} 1\n", part)) {
			t.Errorf("the figures don't tell that %s was killed and came back:\n%s", part, told)
		}
	}
}

func TestCtrlCStopsEverythingAndLosesNothing(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	c := m.SignUp(t, "elm")
	m.Interrupt(t)
	if left := processesOf(m.Dir); len(left) > 0 {
		t.Fatalf("after Ctrl-C there still runs %s", strings.Join(left, "; "))
	}
	m.Again(t)
	machine.Eventually(t, 10*time.Second, "the workspace to serve again", func() error { return ping(m, c) })
	c.Open(t)
}

// processesOf lists processes that were started with something of the data directory.
func processesOf(dir string) (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(line), dir+"/") {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func TestWhatIsMissingOrTakenIsOneSentenceAndMakesNothing(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	program := filepath.Join(os.Getenv("LONGHOUSE_BIN"), "longhouse")
	for name, try := range map[string]struct {
		args []string
		path string
		says string
	}{
		"port in use":         {[]string{"--http", taken.Addr().String(), "--api", "127.0.0.1:0"}, os.Getenv("PATH"), taken.Addr().String()},
		"no workspace-server": {[]string{"--http", "127.0.0.1:0", "--api", "127.0.0.1:0", "--workspace-server", "/nowhere/ws"}, os.Getenv("PATH"), "/nowhere/ws"},
		"no terraform":        {[]string{"--http", "127.0.0.1:0", "--api", "127.0.0.1:0"}, "/nowhere", "terraform"},
		"no such port":        {[]string{"--http", "127.0.0.1:99999"}, os.Getenv("PATH"), "--http"},
		"no host and port":    {[]string{"--api", "8064"}, os.Getenv("PATH"), "--api"},
		"bad base domain":     {[]string{"--base-domain", "No Domain"}, os.Getenv("PATH"), "--base-domain"},
		"endless path":        {[]string{"--http", "127.0.0.1:0", "--api", "127.0.0.1:0", "--data", "/tmp/" + strings.Repeat("x", 120)}, os.Getenv("PATH"), "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("/tmp", fmt.Sprintf("lh-none-%d-%s", os.Getpid(), strings.ReplaceAll(name, " ", "-")))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, append([]string{"up", "--data", dir}, try.args...)...)
			cmd.Env = []string{"PATH=" + try.path, "HOME=/nonexistent"}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() == 0 {
				t.Fatalf("it ended with %v: %s", err, out)
			}
			if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); len(lines) != 1 || !strings.Contains(lines[0], try.says) {
				t.Errorf("it said %q, which is not one line about %q", out, try.says)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it left %s behind", dir)
				_ = os.RemoveAll(dir)
			}
		})
	}
}
