package terraform

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const needle = "needle-in-a-haystack"

// withNeedle logs both terraform and the provider in by a role whose password is easily found. The role goes with the
// cluster.
func (b *bench) withNeedle(t *testing.T) (role string, stack Stack) {
	t.Helper()
	role = "needle_" + b.template()
	execute(t, b.adminURL, "create role "+role+" superuser login password '"+needle+"'")
	as := func(raw string) string {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, needle)
		return u.String()
	}
	var err error
	if b.Runner, err = NewRunner(t.Context(), b.dir, as(b.stateURL)); err != nil {
		t.Fatal(err)
	}
	stack = b.stack()
	stack.Provider.Databases = PostgresDatabases{as(b.adminURL)}
	return role, stack
}

func TestNoSecretReachesStateDiskOrErrors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	role, stack := b.withNeedle(t)
	if _, err := b.Apply(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Drift(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	state := query(t, b.stateURL, "select string_agg(data, '') from "+stack.Name+".states")
	if !strings.Contains(state, b.template()) || strings.Contains(state, needle) {
		t.Errorf("the state is empty or holds a secret:\n%s", state)
	}
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), needle) {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	execute(t, b.adminURL, "alter role "+role+" password 'another'")
	if _, err = b.Apply(t.Context(), stack); err == nil || strings.Contains(err.Error(), needle) ||
		!strings.Contains(err.Error(), "password authentication failed") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestErrorsHideTheStatesPassword(t *testing.T) {
	t.Parallel()
	c := newComplaints("s", "postgres://u:p%2Fw@/db?host=/x")
	err := c.complain(t.Context(), "apply", errors.New("exit status 1\n\nError: bad postgres://u:p%2Fw@/db?host=/x\n  and p/w"))
	if want := "apply stack s: bad (the state's URL) and ***"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
