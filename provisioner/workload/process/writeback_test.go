package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// vmSettings is a folder of settings as the kernel has them, of which only the kernel sets one to 0 when the other is set.
func vmSettings(t *testing.T, bytes, ratio string) string {
	t.Helper()
	dir := t.TempDir()
	for name, value := range map[string]string{"dirty_background_bytes": bytes, "dirty_background_ratio": ratio} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func setting(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// asTheKernelDoes takes back the setting whose other was set last.
func asTheKernelDoes(t *testing.T, dir string, early bool) {
	t.Helper()
	other := map[bool]string{true: "dirty_background_ratio", false: "dirty_background_bytes"}[early]
	if err := os.WriteFile(filepath.Join(dir, other), []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheKernelWritesBackEarlyWhileAnInstanceIsNearItsLimit(t *testing.T) {
	t.Parallel()
	dir := vmSettings(t, "0\n", "5\n")
	w, err := newWriteBack(dir)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for i, c := range []struct {
		near         bool
		after        time.Duration
		bytes, ratio string
	}{
		{false, 0, "0", "5"},
		{true, time.Second, "16777216", "0"},
		{false, 4 * time.Second, "16777216", "0"},
		{false, 7 * time.Second, "0", "5"},
	} {
		if err := w.keep(c.near, start.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int64{"0": 128 << 20, "16777216": 8 << 20}[c.bytes]; w.much() != want {
			t.Errorf("%d: %d bytes are much, want %d", i, w.much(), want)
		}
		asTheKernelDoes(t, dir, w.early)
		if bytes, ratio := setting(t, dir, "dirty_background_bytes"), setting(t, dir, "dirty_background_ratio"); bytes != c.bytes || ratio != c.ratio {
			t.Errorf("%d: bytes %s and ratio %s, want %s and %s", i, bytes, ratio, c.bytes, c.ratio)
		}
	}
}

func TestWhatSomebodyHasSetOfTheKernelIsLeftAndWhatAnAgentHasLeftIsNot(t *testing.T) {
	t.Parallel()
	if _, err := newWriteBack(vmSettings(t, "268435456\n", "0\n")); err == nil || !strings.Contains(err.Error(), "268435456") {
		t.Errorf("of what somebody has set: %v", err)
	}
	if _, err := newWriteBack(t.TempDir()); err == nil {
		t.Error("a machine without that setting can be set")
	}
	dir := vmSettings(t, "16777216\n", "0\n")
	w, err := newWriteBack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.keep(false, time.Now()); err != nil {
		t.Fatal(err)
	}
	if ratio := setting(t, dir, "dirty_background_ratio"); ratio != "10" {
		t.Errorf("what an agent before has set stays, and the ratio is %s", ratio)
	}
}

func TestWhatWaitsIsReadFromTheKernelsFigures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "vmstat")
	if err := os.WriteFile(file, []byte("nr_free_pages 5\nnr_dirty 300\nnr_writeback 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := dirty(file), int64(300*os.Getpagesize()); got != want {
		t.Errorf("%d bytes wait, want %d", got, want)
	}
	if dirty("/proc/vmstat") == 0 && dirty(file+"-none") != 0 {
		t.Error("something waits where there are no figures")
	}
}

func TestAnInstanceThatHasMuchIsNearItsLimit(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	a := &Agent{cgroups: cgroups{v1: map[string]string{"memory": folder}}}
	for usage, want := range map[string]bool{"700": false, "800": true, "": false} {
		in := newInstance(a, saved{})
		in.want.Desired.ID, in.want.Desired.Limits.MemoryBytes = "in_"+usage, 1000
		if err := os.MkdirAll(filepath.Join(folder, "in_"+usage), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "in_"+usage, "memory.usage_in_bytes"), []byte(usage+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := a.nearLimit(in); got != want {
			t.Errorf("with %q of 1000 it is near: %v", usage, got)
		}
	}
}
