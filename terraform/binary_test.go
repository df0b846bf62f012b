package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Not parallel, as all tests here: PATH is the process's.

func install(t *testing.T, dir, name, version string) {
	t.Helper()
	script := fmt.Sprintf("#!/bin/sh\necho '{\"terraform_version\":%q}'\n", version)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestMissingBinaryIsSaidInOneSentence(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := NewRunner(t.Context(), t.TempDir(), "postgres:///x")
	if err == nil || !strings.Contains(err.Error(), "neither terraform nor tofu is in PATH or beside this program: install terraform 1.11.0 or newer") {
		t.Errorf("got %v", err)
	}
}

func TestBinaryThatIsTooOldIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	install(t, dir, "terraform", "1.10.5")
	_, err := findBinary(t.Context())
	if want := filepath.Join(dir, "terraform") + " is version 1.10.5, 1.11.0 or newer is needed"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTofuIsTakenWhereTerraformIsTooOldOrMissing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	install(t, dir, "tofu", "1.12.6")
	for range 2 {
		if path, err := findBinary(t.Context()); err != nil || path != filepath.Join(dir, "tofu") {
			t.Errorf("got %s, %v", path, err)
		}
		install(t, dir, "terraform", "1.5.7")
	}
	install(t, dir, "terraform", "1.11.4")
	if path, err := findBinary(t.Context()); err != nil || path != filepath.Join(dir, "terraform") {
		t.Errorf("got %s, %v", path, err)
	}
}

func TestAToolInPathThatIsTooOldDoesNotHideTheOneBesideUs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	install(t, dir, "tofu", "1.6.0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(filepath.Dir(self), "tofu")
	install(t, filepath.Dir(self), "tofu", "1.11.0")
	t.Cleanup(func() { _ = os.Remove(own) })
	if path, err := findBinary(t.Context()); err != nil || path != own {
		t.Errorf("got %s, %v, want %s", path, err, own)
	}
	install(t, filepath.Dir(self), "tofu", "1.7.0")
	if _, err := findBinary(t.Context()); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "tofu")+" is version 1.6.0") {
		t.Errorf("both are too old: %v", err)
	}
}
