package self

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// ready asks the control plane.
func ready(m *machine.Machine) error {
	resp, err := http.Get(m.Up.API + "/readyz")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("it answers %s: %s", resp.Status, said)
	}
	return nil
}

// goesOn fails the test when it takes an operator to make the control plane work again.
func goesOn(t *testing.T, m *machine.Machine, slug string) {
	t.Helper()
	machine.Eventually(t, time.Minute, "the control plane to be ready again", func() error { return ready(m) })
	m.SignUp(t, slug)
	m.NoOrphans(t)
}

func TestLostDatabaseConnectionsAreMadeAgain(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping"})
	for i := range 20 {
		if _, err := m.Query("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"); err != nil {
			t.Fatal(err)
		}
		asking.After(t, 5, "workspace")
		if i%5 == 0 {
			goesOn(t, m, fmt.Sprintf("tree-%d", i))
		}
	}
	asking.End(t)
}

func TestKilledDatabaseComesBack(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping"})
	for i := range 3 {
		if err := syscall.Kill(m.Child(t, "pg-control"), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		asking.After(t, 5, "workspace")
		goesOn(t, m, fmt.Sprintf("tree-%d", i))
	}
	asking.End(t)
}

func TestRemovedSocketsComeBack(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping"})
	if err := os.RemoveAll(filepath.Join(m.Dir, "run", "pg-control")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Query("select pg_terminate_backend(pid) from pg_stat_activity"); err == nil {
		t.Fatal("the database can still be reached")
	}
	// Connections that are open would go on for long, so that nobody noticed.
	machine.Eventually(t, 2*time.Minute, "the database to be reachable again", func() error { _, err := m.Query("select 1"); return err })
	goesOn(t, m, "fir")
	asking.End(t)
}

func TestHungChildrenAreRestarted(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	m.SignUp(t, "elm")
	for _, child := range []string{"edge", "control", "worker-a", "worker-b", "solo-a", "solo-b", "store", "agent"} {
		before := m.Child(t, child)
		if err := syscall.Kill(before, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		machine.Eventually(t, 2*time.Minute, child+" to be replaced", func() error {
			if m.Child(t, child) == before {
				return fmt.Errorf("it is still there")
			}
			return nil
		})
	}
	goesOn(t, m, "fir")
}

// fill puts a part of the machine, which is down, onto a disk of its own, and returns what fills that disk up and what
// makes room again.
func fill(t *testing.T, m *machine.Machine, part string, mebibytes int) (full, room func()) {
	t.Helper()
	dir := filepath.Join(m.Dir, part)
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
	}
	run("cp", "-a", dir, dir+".kept")
	run("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", mebibytes), "tmpfs", dir)
	t.Cleanup(func() { run("umount", "-l", dir) })
	run("cp", "-a", dir+".kept/.", dir)
	filler := filepath.Join(dir, "filler")
	full = func() {
		t.Helper()
		file, err := os.OpenFile(filler, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for block := make([]byte, 1<<20); err == nil; {
			_, err = file.Write(block)
		}
	}
	return full, func() {
		t.Helper()
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFullDiskOfTheDatabaseIsTold(t *testing.T) {
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	m.Interrupt(t)
	full, room := fill(t, m, "pg/control", 160)
	m.Again(t)
	machine.Eventually(t, time.Minute, "elm to serve", func() error { return ready(m) })
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping"})
	full()
	const why = "the disk of the control plane's database is full"
	machine.Eventually(t, time.Minute, "a sign-up to be refused for the disk", func() error {
		full() // also what was given back meanwhile
		name := fmt.Sprintf("fir-%d", time.Now().UnixNano())
		_, stderr, err := m.TryCLI("", "signup", "--email", name+"@fir.example", "--password-file", machine.Secret(t, "correct horse battery"), "--tenant", "F",
			"--workspace", name)
		if err == nil || !strings.Contains(string(stderr), why) {
			return fmt.Errorf("%v: %s", err, stderr)
		}
		return nil
	})
	machine.Eventually(t, time.Minute, "the control plane to say that it is not ready", func() error {
		full()
		if err := ready(m); err == nil || !strings.Contains(err.Error(), why) {
			return fmt.Errorf("it says %v", err)
		}
		return nil
	})
	asking.After(t, 20, "workspace")
	room()
	goesOn(t, m, "yew")
	asking.End(t)
	m.Interrupt(t) // before its disk goes
}

func TestFullDiskOfTheStoreIsTold(t *testing.T) {
	m := machine.Start(t, "--blanks", "0")
	elm := m.Settle(t, "elm")
	m.Interrupt(t)
	full, room := fill(t, m, "objects/data", 1200) // of which the store keeps a part free
	m.Again(t)
	machine.Eventually(t, time.Minute, "elm to serve", func() error { return elm.Heard() })
	full()
	_, answer, err := elm.Session.UploadFile(t.Context(), make([]byte, 1<<20), elm.Channel, "picture")
	if err == nil || answer.StatusCode != http.StatusInsufficientStorage || !strings.Contains(err.Error(), "There is no room left on the server to store this.") {
		t.Errorf("a file that the disk has no room for is answered with %v, %v", answer, err)
	}
	elm.Say(t, "words go on")
	room()
	machine.Eventually(t, time.Minute, "files to be taken again", func() error {
		_, _, err := elm.Session.UploadFile(t.Context(), make([]byte, 1<<20), elm.Channel, "picture")
		return err
	})
	goesOn(t, m, "yew")
	m.Interrupt(t)
}

func TestInstancesEndWithUpAlsoWhenTheAgentHasJustCrashed(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	m.SignUp(t, "elm")
	if err := syscall.Kill(m.Child(t, "agent"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	m.Interrupt(t)
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), m.Dir+"/") {
			t.Errorf("%s still runs: %q", filepath.Dir(file), line)
		}
	}
}
