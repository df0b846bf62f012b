package up

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
)

func TestWhatANewerReleaseHasLeftIsEnded(t *testing.T) {
	t.Parallel()
	h := setup(t)
	stranger, err := proc.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"600"}, LogFile: h.path("stranger.log"),
		Env: []string{"LONGHOUSE_CHILD=" + filepath.Join(h.layout.Children(), "stranger.json")}})
	must(t, err)
	t.Cleanup(func() { _ = stranger.Kill(context.Background()) })
	h.up(h.begin())
	if left := supervisor.Left(h.layout.Children()); slices.Contains(left, "stranger") || !slices.Contains(left, "worker-a") {
		t.Errorf("there are %v", left)
	}
}

func TestReleasesAreAskedForTheirParts(t *testing.T) {
	t.Parallel()
	for script, want := range map[string][]string{
		`echo '["control","edge","choir"]'`: {"control", "edge", "choir"},
		`echo 'Run a part of longhouse up'`: firstParts,
		`exit 1`:                            firstParts,
	} {
		program := t.TempDir() + "/longhouse"
		must(t, os.WriteFile(program, []byte("#!/bin/sh\n[ \"$*\" = 'child parts' ] || exit 1\n"+script+"\n"), 0o755))
		if got := partsOf(t.Context(), program); !slices.Equal(got, want) {
			t.Errorf("%s: %v", script, got)
		}
	}
}
