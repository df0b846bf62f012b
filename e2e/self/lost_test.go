package self

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// The exit code of a verb that can't know what came of it.
const unknown = 3

// TestASignUpOutlivesTheProcessThatServesIt kills the control plane in the midst of sign-ups. Whoever waits gets an answer in
// seconds, and has one workspace.
func TestASignUpOutlivesTheProcessThatServesIt(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	password := machine.Secret(t, "correct horse battery")
	for i, after := range []int{20, 60, 100, 150, 200, 300} {
		slug := fmt.Sprintf("tree-%d", i)
		machine.Eventually(t, time.Minute, "the control plane to be ready", func() error { return ready(m) })
		control, began := m.Child(t, "control"), time.Now()
		killed := make(chan error, 1)
		time.AfterFunc(time.Duration(after)*time.Millisecond, func() { killed <- syscall.Kill(control, syscall.SIGKILL) })
		_, said, err := m.TryCLI("", "signup", "--email", slug+"@trees.example", "--password-file", password, "--tenant", slug, "--workspace", slug)
		if err := <-killed; err != nil {
			t.Fatal(err)
		}
		// In the moment between the doing and the keeping of the answer, the answer is lost, and that is what is said.
		if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == unknown && strings.Contains(string(said), "was done already")) {
			t.Errorf("killed after %d ms: %v: %s", after, err, said)
		}
		if took := time.Since(began); took > 40*time.Second {
			t.Errorf("killed after %d ms: it took %s", after, took)
		}
	}
	var list []struct{ Slug string }
	m.CLI(t, m.Operator(t), &list, "workspaces", "list")
	if len(list) != 6 {
		t.Errorf("%v", list)
	}
}
