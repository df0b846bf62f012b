package previous

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// release returns a folder with the programs of the release before this one.
func release(t *testing.T) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// build leaves the programs where the next run finds them.
var build = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("commit")
	if err != nil {
		return "", err
	}
	commit := strings.TrimSpace(string(text))
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	if err := inHistory(root, commit); err != nil {
		return "", err
	}
	bin := filepath.Join(root, "bin", "previous", commit)
	if _, err := os.Stat(bin); !errors.Is(err, os.ErrNotExist) {
		return bin, err
	}
	return bin, compile(root, commit, bin)
})

// inHistory says what is to be done where the commit can't be had.
func inHistory(root, commit string) error {
	if _, err := run(root, "git", "rev-parse", "HEAD"); err != nil {
		return fmt.Errorf("the release before this one is built from the history of the repository, and %s is no clone of it: %w", root, err)
	}
	if _, err := run(root, "git", "cat-file", "-e", commit+"^{commit}"); err != nil {
		if shallow, _ := run(root, "git", "rev-parse", "--is-shallow-repository"); shallow == "true" {
			return fmt.Errorf("commit %s, the release before this one, is not in this clone, whose history is cut off: run `git fetch --unshallow`", commit)
		}
		return fmt.Errorf("commit %s, which e2e/previous/commit names as the release before this one, is not in this repository: run `make previous`, which names another: %w", commit, err)
	}
	if _, err := run(root, "git", "merge-base", "--is-ancestor", commit, "HEAD"); err != nil {
		return fmt.Errorf("commit %s, which e2e/previous/commit names as the release before this one, did not lead to this one: run `make previous`, which names another: %w", commit, err)
	}
	return nil
}

// compile gives the programs their place once they are whole.
func compile(root, commit, bin string) error {
	if err := os.MkdirAll(filepath.Dir(bin), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "previous")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	made, err := os.MkdirTemp(filepath.Dir(bin), "building")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(made) }()
	for _, step := range [][]string{
		{root, "git", "archive", "--output", filepath.Join(work, "source.tar"), commit},
		{work, "tar", "-xf", "source.tar"},
		{work, "go", "build", "-tags", "faults", "-o", filepath.Join(made, "longhouse"), "./cmd/longhouse"},
		{work, "env", "CGO_ENABLED=0", "go", "build", "-o", filepath.Join(made, "workspace-server"), "./cmd/workspace-server"},
	} {
		if _, err := run(step[0], step[1], step[2:]...); err != nil {
			return fmt.Errorf("build the release before this one: %w", err)
		}
	}
	if err := os.Chmod(made, 0o755); err != nil {
		return err
	}
	return os.Rename(made, bin)
}

func run(dir, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), "GOWORK=off", "GOTOOLCHAIN=auto")
	out, err := c.CombinedOutput()
	said := strings.TrimSpace(string(out))
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return said, nil
}

func TestWhatKeepsThePreviousReleaseFromBeingBuiltIsSaid(t *testing.T) {
	t.Parallel()
	const unknown = "0123456789012345678901234567890123456789"
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	if _, err := run(root, "git", "clone", "-q", "--depth", "1", "file://"+root, cut); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		t.TempDir(): "is no clone of it",
		cut:         "whose history is cut off: run `git fetch --unshallow`",
		root:        "is not in this repository: run `make previous`",
	} {
		if err := inHistory(dir, unknown); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
