package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestPruningKeepsWhatWasJustMade(t *testing.T) {
	t.Parallel()
	const old, made, future, foreign = "longhouse-20260101T000000Z.backup", "longhouse-20260601T000000Z.backup", "longhouse-20990101T000000Z.backup", "notes.txt"
	for keep, want := range map[int][]string{1: {made, foreign}, 2: {made, future, foreign}, 3: {old, made, future, foreign}, 4: {old, made, future, foreign}} {
		dir := t.TempDir()
		for _, name := range []string{old, made, future, foreign} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := prune(filepath.Join(dir, made), keep); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if !slices.Equal(left, want) {
			t.Errorf("of %d are left %v", keep, left)
		}
	}
}
