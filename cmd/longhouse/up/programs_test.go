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
		schema  int
		fails   bool
	}{
		"new": {"#!/bin/sh\n[ \"$*\" = capabilities ] && printf 'broker\\nmore\\n'\n[ \"$*\" = schema ] && echo 12 || true\n", []string{"broker", "more"}, 12, false},
		"old": {"#!/bin/sh\necho 'the verb is \"capabilities\"' >&2; exit 2\n", nil, 0, false},
		"odd": {"#!/bin/sh\n[ \"$*\" = schema ] && echo twelve || true\n", nil, 0, true},
		"bad": {"#!/nowhere\n", nil, 0, true}, "killed": {"#!/bin/sh\nkill -9 $$\n", nil, 0, true},
	} {
		program := filepath.Join(t.TempDir(), "server")
		if err := os.WriteFile(program, []byte(c.program), 0o700); err != nil {
			t.Fatal(err)
		}
		can, schema, err := abilities(t.Context(), program)
		if (err != nil) != c.fails || !slices.Equal(can, c.can) || schema != c.schema {
			t.Errorf("%s: %q, %d, %v", name, can, schema, err)
		}
	}
}
