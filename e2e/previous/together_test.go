package previous

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// TestBothReleasesWorkOnTheNewerSchema has API and workers of each release work with those of the other: alone, at once, and one with
// what the other has begun.
func TestBothReleasesWorkOnTheNewerSchema(t *testing.T) {
	t.Parallel()
	before, now := release(t), machine.Programs(t)
	m := machine.StartFrom(t, before, "--no-worker", "--blanks", "0", "--lease", "300ms")
	early := m.WorkerFrom(t, before, "")
	elm := m.Settle(t, "elm")
	elm.Say(t, "written before")
	upgrade(t, m, now)

	lives(t, m, "fir") // asked for by the earlier command line, done by the earlier worker
	m.Bin = now
	lives(t, m, "oak")
	late := m.WorkerFrom(t, now, "")
	crowd(t, m, "both")
	early.Stop(t)
	late.Stop(t)
	takesOver(t, m, elm.Customer, before, now, "ash")
	takesOver(t, m, elm.Customer, now, before, "yew")

	goBack(t, m, before)
	m.Bin = before
	late = m.WorkerFrom(t, now, "")
	lives(t, m, "bay") // asked of the earlier API, done by the later worker
	early = m.WorkerFrom(t, before, "")
	crowd(t, m, "back")
	late.Stop(t)
	lives(t, m, "box")

	if err := elm.Heard("written before"); err != nil {
		t.Error(err)
	}
	sound(t, m, before, now)
}

// upgrade brings the machine to a release with a newer schema.
func upgrade(t *testing.T, m *machine.Machine, bin string) {
	t.Helper()
	const schema = "select version from public.schema_version"
	was := m.Value(t, schema)
	if out, err := m.Upgrade(t, bin); err != nil {
		t.Fatalf("upgrade: %v\n%s", err, out)
	}
	if is := m.Value(t, schema); is == was {
		t.Fatalf("both releases have schema %s, so that this shows nothing: run `make previous`", is)
	}
}

// goBack returns the machine to the release before, on the schema that there is.
func goBack(t *testing.T, m *machine.Machine, bin string) {
	t.Helper()
	if out, err := m.Upgrade(t, bin); err != nil {
		t.Fatalf("go back: %v\n%s\nwhere migrations break the code of that release on purpose, `make previous` names one that they don't break", err, out)
	}
}

// lives has somebody sign up, and the workspace go through what one goes through.
func lives(t *testing.T, m *machine.Machine, slug string) {
	t.Helper()
	n := m.Settle(t, slug)
	n.Say(t, "hello")
	for _, args := range [][]string{{"stop", slug}, {"start", slug}, {"delete", slug, "--yes"}, {"undelete", slug}} {
		succeeds(t, m, n.Customer, args...)
	}
	machine.Eventually(t, time.Minute, slug+" to serve what was said", func() error { return n.Heard("hello") })
	succeeds(t, m, n.Customer, "delete", slug, "--now", "--yes")
}

// succeeds asks for something about a workspace, and waits for it.
func succeeds(t *testing.T, m *machine.Machine, c *machine.Customer, args ...string) {
	t.Helper()
	if op := m.Ended(t, c.Token, ask(t, m, c, args...)); op.State != "succeeded" {
		t.Errorf("workspaces %s: it ended %s: %+v", strings.Join(args, " "), op.State, op.Steps)
	}
}

// ask returns the operation that was asked for.
func ask(t *testing.T, m *machine.Machine, c *machine.Customer, args ...string) string {
	t.Helper()
	var answer struct {
		ID        string `json:"id"`
		Operation struct {
			ID string `json:"id"`
		} `json:"operation"`
	}
	m.CLI(t, c.Token, &answer, append([]string{"workspaces"}, args...)...)
	if answer.Operation.ID != "" {
		return answer.Operation.ID
	}
	return answer.ID
}

// atOnce is how many sign up in a crowd.
const atOnce = 6

func crowd(t *testing.T, m *machine.Machine, name string) {
	t.Helper()
	var group sync.WaitGroup
	failed := make([]error, atOnce)
	for i := range failed {
		slug, secret := fmt.Sprintf("%s-%d", name, i), machine.Secret(t, "correct horse battery staple")
		group.Go(func() { failed[i] = signUp(m, slug, secret) })
	}
	group.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Errorf("of %d who signed up at once: %v", atOnce, err)
	}
}

func signUp(m *machine.Machine, slug, secret string) error {
	_, said, err := m.TryCLI("", "signup", "--email", "owner@"+slug+".example", "--password-file", secret, "--tenant", "Tenant "+slug, "--workspace", slug, "--wait")
	if err != nil {
		return fmt.Errorf("%s: %w: %s", slug, err, said)
	}
	return nil
}

// takesOver has workers of one release die in the middle of operations, and those of the other finish them.
func takesOver(t *testing.T, m *machine.Machine, c *machine.Customer, one, other, slug string) {
	t.Helper()
	for _, step := range []struct {
		place string
		ask   []string
	}{
		{"provision/schema/in", []string{"create", "--slug", slug}},
		{"stop/instance/in", []string{"stop", slug}},
		{"start/instance/after", []string{"start", slug}},
		{"delete/database/in", []string{"delete", slug, "--now", "--yes"}},
	} {
		doomed := m.WorkerFrom(t, one, "kill:"+step.place)
		id := ask(t, m, c, step.ask...)
		doomed.Killed(t, step.place)
		heir := m.WorkerFrom(t, other, "")
		if op := m.Ended(t, c.Token, id); op.State != "succeeded" {
			t.Errorf("killed at %s, and taken over by the other release, it ended %s: %+v", step.place, op.State, op.Steps)
		}
		heir.Stop(t)
	}
}

// sound looks at all that was done, with the eyes of each release.
func sound(t *testing.T, m *machine.Machine, bins ...string) {
	t.Helper()
	if failed := m.Value(t, "select count(*) from operations where state in ('undoing', 'undone')"); failed != "0" {
		t.Errorf("%s operations did not succeed", failed)
	}
	used := m.Bin
	defer func() { m.Bin = used }()
	for _, m.Bin = range bins {
		machine.Eventually(t, time.Minute, "the audit trail to be verified", func() error {
			out, said, err := m.TryCLI(m.Operator(t), "audit", "verify")
			if err != nil {
				return fmt.Errorf("%w: %s%s", err, out, said)
			}
			return nil
		})
		m.NoOrphans(t)
	}
}
