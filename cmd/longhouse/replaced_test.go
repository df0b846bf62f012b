package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatARestoreHasReplacedIsRemovedByName(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	layout := datadir.Layout{Root: t.TempDir()}
	const name, other = "replaced-20261121T021700Z", "replaced-20261122T021700Z"
	key := filepath.Join(layout.Root, name, "control-keys", "seal")
	for _, file := range []string{key, filepath.Join(layout.Root, other, "config.toml"), filepath.Join(layout.Root, "replaced-by", "hand"), layout.ControlDatabase()} {
		s.must(os.MkdirAll(filepath.Dir(file), 0o700))
		s.must(os.WriteFile(file, []byte("secret"), 0o600))
	}
	discard := func(code int, args ...string) ran {
		return s.want(code, append([]string{"restore", "discard", "--data", layout.Root}, args...)...)
	}
	remedy := "longhouse restore discard " + name + " --data " + layout.Root
	if told := replaced(layout); len(told) != 2 || told[0].Remedy != remedy {
		t.Errorf("the sweep tells %+v", told)
	}
	for _, wrong := range []string{"replaced-by", "control", "../" + filepath.Base(layout.Root) + "/" + name, "replaced-20261123T021700Z"} {
		discard(exitRefused, wrong, "--confirm", wrong)
	}
	discard(exitUsage, name) // nobody to ask
	discard(exitUsage, name, "--confirm", other)
	if r := discard(exitDone, name, "--dry-run"); !strings.Contains(r.out, "1 files of 6 bytes, would be removed") {
		t.Errorf("%+v", r)
	}
	if r := discard(exitRefused, name, "--confirm", name); !strings.Contains(r.err, "nothing was removed, as the audit trail can't be told") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(key); err != nil {
		t.Fatal(err)
	}

	s.must(os.WriteFile(layout.ControlDatabase(), []byte(s.pool.Config().ConnString()), 0o600))
	discard(exitDone, name, "--confirm", name, "--reason", "it went well")
	if left := layout.Replaced(); !slices.Equal(left, []string{other}) {
		t.Errorf("there are %v", left)
	}
	var told int
	s.must(s.pool.QueryRow(t.Context(), "select count(*) from audit_events where action = 'controlplane.discard' and tenant_id is null and details ->> 'folder' = $1 and details ->> 'reason' = 'it went well'", name).Scan(&told))
	if told != 1 {
		t.Errorf("the trail tells of it %d times", told)
	}
}
