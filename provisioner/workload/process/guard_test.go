package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/logfile"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestBreachNamesTheLimit(t *testing.T) {
	t.Parallel()
	l := workload.Limits{MemoryBytes: 256 << 20, DiskBytes: 64 << 20}
	for _, c := range []struct {
		limits workload.Limits
		used   usage
		want   string
	}{
		{l, usage{memory: 256 << 20, disk: 64 << 20}, ""},
		{l, usage{memory: 257 << 20}, "killed: out of memory (it held 257 MiB, the limit is 256 MiB)"},
		{l, usage{disk: 65 << 20}, "killed: out of disk (it held 65 MiB in files, the limit is 64 MiB)"},
		{l, usage{disk: 65 << 20, names: 1 << 20}, "killed: out of disk (too many names: each counts 4 KiB, the limit is 64 MiB)"},
		{l, usage{deep: true}, "killed: out of disk (more than 2048 folders lie in each other)"},
		{workload.Limits{}, usage{memory: 1 << 40, disk: 1 << 40, deep: true}, ""},
	} {
		if got := breach(c.limits, c.used); got != c.want {
			t.Errorf("%+v with %+v: %q, want %q", c.limits, c.used, got, c.want)
		}
	}
}

func TestDiskUseCountsWhatHasNoNameAnyMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 1 << 20
	if _, err := f.Write(bytes.Repeat([]byte{1}, size)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil { // so that the blocks are counted
		t.Fatal(err)
	}
	if err := os.Link(f.Name(), filepath.Join(dir, "again")); err != nil {
		t.Fatal(err)
	}
	if got := diskUse(dir, nil, plenty).disk; got < size || got >= 2*size {
		t.Errorf("one file with two names counts %d", got)
	}
	for _, name := range []string{"f", "again"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if got := diskUse(dir, []int{os.Getpid()}, plenty).disk; got < size {
		t.Errorf("a file without a name counts %d", got)
	}
}

func TestFullDiskRefusesStartsAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		free, files uint64
		want        string
	}{
		{spareBytes, spareInodes, ""}, {spareBytes - 1, spareInodes, "255 MiB free, a start needs 256 MiB"}, {spareBytes, 7, "room for 7 files"},
	} {
		err := enough("/data", c.free, c.files)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d bytes, %d files: %v", c.free, c.files, err)
		}
	}
}

func TestLogOfAnInstanceIsBounded(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	o := m.run(t, d)
	body := strings.NewReader(`{"most": 33554432}`) // three times what one file holds
	resp, err := m.Client(o).Post("http://instance/attack/log", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	eventually(t, "a log that is short again", func() bool {
		files, _ := filepath.Glob(m.cfg.logFile(d.ID) + "*")
		return len(files) > 1 && m.LogBytes(t, d.ID) <= logfile.Default.Bytes*5/2
	})
	if after := m.serving(t, d.ID); after != o {
		t.Errorf("before %+v\nafter  %+v", o, after)
	}
	if err := m.cfg.forget(d.ID); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(m.cfg.logFile(d.ID) + "*"); len(files) > 0 {
		t.Errorf("forgotten, and there are %q", files)
	}
}

func TestRequiredBordersThatAreMissingAreNamed(t *testing.T) {
	t.Parallel()
	without := findBorders(cgroups{}, true)
	if err := without.check(); err == nil || !strings.Contains(err.Error(), "limit of memory") {
		t.Errorf("err = %v", err)
	}
	without.Required = false
	if err := without.check(); err != nil {
		t.Errorf("nobody required them: %v", err)
	}
	b, err := setup(t).client.Borders(t.Context())
	if err != nil || len(b.Cgroups)+len(b.Missing) == 0 || b.Users != asRoot() {
		t.Errorf("the agent says %+v, %v", b, err)
	}
}
