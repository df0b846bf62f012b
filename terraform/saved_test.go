package terraform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (b *bench) save(t *testing.T, destroy bool) (string, Saved) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.tfplan")
	saved, err := b.Save(t.Context(), b.stack(), file, destroy)
	if err != nil {
		t.Fatal(err)
	}
	return file, saved
}

func TestASavedPlanIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	eachTool(t, func(t *testing.T, b *bench) {
		file, saved := b.save(t, false)
		if saved.Plan.Count(Create) != 3 || saved.Lineage != "" {
			t.Errorf("%+v", saved)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if all, err := b.store.Admin.Buckets(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("planning made %v, %v", all, err)
		}
		_, other := b.save(t, false)
		if err := b.CarryOut(t.Context(), b.stack(), file, saved); err != nil {
			t.Fatal(err)
		}
		err := b.CarryOut(t.Context(), b.stack(), file, other)
		if !errors.Is(err, ErrStale) || !strings.Contains(err.Error(), "somebody has changed the stack since") {
			t.Errorf("a plan from before: %v", err)
		}
		if again := b.apply(t); len(again.Changes) != 0 {
			t.Errorf("%+v", again)
		}
		file, saved = b.save(t, true)
		if saved.Plan.Count(Delete) != 3 || len(saved.Plan.Changes) != 3 {
			t.Errorf("%+v", saved)
		}
		if err := b.CarryOut(t.Context(), b.stack(), file, saved); err != nil {
			t.Fatal(err)
		}
		if all, err := b.store.Admin.Buckets(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("left: %v, %v", all, err)
		}
	})
}

func TestASavedPlanForOtherInputsIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file, saved := b.save(t, false)
	b.cell.Workloads.Endpoint = "/run/other"
	err := b.CarryOut(t.Context(), b.stack(), file, saved)
	if !errors.Is(err, ErrStale) || !strings.Contains(err.Error(), "what it is given has changed since") {
		t.Errorf("%v", err)
	}
	if all, err := b.store.Admin.Buckets(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("made: %v, %v", all, err)
	}
}
