package up

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestAServerCanWhatItSaysAndAnOldOneNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		program string
		can     []string
		fails   bool
	}{
		"new": {"#!/bin/sh\n[ \"$*\" = capabilities ] && printf 'broker\\nmore\\n'\n", []string{"broker", "more"}, false},
		"old": {"#!/bin/sh\necho 'the verb is \"capabilities\"' >&2; exit 2\n", nil, false},
		"bad": {"#!/nowhere\n", nil, true}, "killed": {"#!/bin/sh\nkill -9 $$\n", nil, true},
	} {
		program := filepath.Join(t.TempDir(), "server")
		if err := os.WriteFile(program, []byte(c.program), 0o700); err != nil {
			t.Fatal(err)
		}
		can, err := capabilitiesOf(t.Context(), program)
		if (err != nil) != c.fails || !slices.Equal(can, c.can) {
			t.Errorf("%s: %q, %v", name, can, err)
		}
	}
}
