package terraform

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// everyTool in the environment means that all tools have to be there, as for `make e2e-tofu`.
const everyTool = "LONGHOUSE_EVERY_TOOL"

// eachTool runs test with every tool of this machine that is fit to run stacks: terraform, OpenTofu or both.
func eachTool(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	var fit int
	for _, tool := range tools {
		path, err := binaryOf(t.Context(), tool)
		if err != nil {
			t.Logf("%s: %v", tool, err)
			if os.Getenv(everyTool) != "" {
				t.Errorf("%s is set, and %s can't run stacks", everyTool, tool)
			}
			continue
		}
		fit++
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.binary = path
			test(t, b)
		})
	}
	if fit == 0 {
		t.Fatalf("none of %v is fit to run stacks on this machine", tools)
	}
}

func TestEveryToolTakesACellThroughItsLife(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, b *bench) {
		if planned, err := b.Plan(t.Context(), b.stack()); err != nil || planned.Count(Create) != 3 || len(planned.Changes) != 3 {
			t.Fatalf("plan: %+v, %v", planned, err)
		}
		if done := b.apply(t); done.Count(Create) != 3 {
			t.Errorf("applied: %+v", done)
		}
		if again := b.apply(t); len(again.Changes) != 0 {
			t.Errorf("applied again: %+v", again)
		}
		if cell, err := b.Cell(t.Context(), b.stack()); err != nil || cell.ObjectStore.BackupBucket != b.cell.Cell+"-backup" {
			t.Errorf("outputs: %+v, %v", cell, err)
		}
		b.harmAndHeal(t)
		if err := b.Destroy(t.Context(), b.stack()); err != nil {
			t.Fatal(err)
		}
		if left, err := b.store.Admin.Buckets(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("buckets left: %v, %v", left, err)
		}
		if planned, err := b.Plan(t.Context(), b.stack()); err != nil || planned.Count(Create) != 3 {
			t.Errorf("plan after the end: %+v, %v", planned, err)
		}
	})
}

func (b *bench) harmAndHeal(t *testing.T) {
	t.Helper()
	if err := b.store.Admin.DeleteBucket(t.Context(), b.cell.Cell+"-archive"); err != nil {
		t.Fatal(err)
	}
	drift, err := b.Drift(t.Context(), b.stack())
	if err != nil || !drift.is(Change{Address: "longhouse_bucket.archive", Action: Delete}) {
		t.Errorf("drift: %+v, %v", drift, err)
	}
	if healed := b.apply(t); !healed.is(Change{Address: "longhouse_bucket.archive", Action: Create}) {
		t.Errorf("healed: %+v", healed)
	}
}

// A machine that had one tool gets another: the stack is the same.
func TestEveryToolGoesOnWhereAnotherStopped(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, b *bench) {
		b.apply(t)
		for _, tool := range tools {
			path, err := binaryOf(t.Context(), tool)
			if err != nil {
				continue
			}
			b.binary = path
			if again := b.apply(t); len(again.Changes) != 0 {
				t.Errorf("%s would change %+v", tool, again)
			}
			b.harmAndHeal(t)
		}
	})
}

func TestEveryToolRefusesBadInputInTheModulesWords(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, b *bench) {
		b.cell.Region = ""
		if _, err := b.Apply(t.Context(), b.stack()); err == nil || !strings.Contains(err.Error(), "The region must be named") {
			t.Errorf("no region: %v", err)
		}
	})
}

func TestToolThatIsNoProgramIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	install(t, dir, "terraform", "not a version")
	if _, err := findBinary(t.Context()); err == nil || errors.Is(err, errMissing) || !strings.Contains(err.Error(), "version of "+dir) {
		t.Errorf("got %v", err)
	}
	install(t, dir, "tofu", "1.12.6")
	if path, err := findBinary(t.Context()); err != nil || path != dir+"/tofu" {
		t.Errorf("got %s, %v", path, err)
	}
}
