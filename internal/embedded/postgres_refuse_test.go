package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	long := "/tmp/" + strings.Repeat("x", 100)
	for name, test := range map[string]struct {
		change func(t *testing.T, c *Cluster)
		says   string
	}{
		"a relative directory":     {func(_ *testing.T, c *Cluster) { c.Dir = "pg" }, `"pg"`},
		"a socket path too long":   {func(_ *testing.T, c *Cluster) { c.SocketDir = long }, "at most 107"},
		"a shared socket dir":      {func(_ *testing.T, c *Cluster) { c.SocketDir = "/tmp" }, "shared"},
		"no connections":           {func(_ *testing.T, c *Cluster) { c.MaxConnections = 0 }, "at least 1"},
		"no buffers":               {func(_ *testing.T, c *Cluster) { c.SharedBuffersMiB = 0 }, "at least 1"},
		"no nap":                   {func(_ *testing.T, c *Cluster) { c.AutovacuumNaptime = 0 }, "at least 1s"},
		"a directory with other":   {fillWithOther, "left alone"},
		"an unknown release":       {func(t *testing.T, c *Cluster) { madeByRelease(t, c, "9") }, "postgresql-9"},
		"a lost password":          {func(t *testing.T, c *Cluster) { madeByRelease(t, c, "15"); os.Remove(c.PasswordFile) }, "password file"},
		"a parent that keeps out":  {closeParent, "choose a data directory elsewhere"},
		"a release without number": {func(t *testing.T, c *Cluster) { madeByRelease(t, c, "new") }, "not a release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			test.change(t, &c)
			if os.Geteuid() != 0 && name == "a parent that keeps out" {
				return // the caller keeps himself out of nothing
			}
			_, err := c.Prepare(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want an error that says %q", err, test.says)
			}
		})
	}
}

func fillWithOther(t *testing.T, c *Cluster) {
	t.Helper()
	write(t, filepath.Join(c.Dir, "thesis.txt"), "years of work")
}

func madeByRelease(t *testing.T, c *Cluster, release string) {
	t.Helper()
	write(t, filepath.Join(c.Dir, "PG_VERSION"), release+"\n")
	write(t, c.PasswordFile, "secret")
}

func closeParent(t *testing.T, c *Cluster) {
	t.Helper()
	parent := filepath.Join(c.Dir, "closed")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Dir = filepath.Join(parent, "pg")
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNewestInstalledPostgresIsChosenUnlessTheClusterIsOlder(t *testing.T) {
	t.Parallel()
	installed := []Postgres{{"/a", 15}, {"/b", 17}, {"/c", 13}}
	for major, want := range map[int]string{0: "/b", 15: "/a", 13: "/c"} {
		if got, err := choosePostgres(installed, major); err != nil || got.BinDir != want {
			t.Errorf("for release %d: %v, %v, want %s", major, got, err, want)
		}
	}
	for _, none := range [][]Postgres{nil, {{"/c", 13}}} {
		_, err := choosePostgres(none, 0)
		if err == nil || !strings.Contains(err.Error(), "install Debian's package postgresql") {
			t.Errorf("without a usable release: %v", err)
		}
	}
}
