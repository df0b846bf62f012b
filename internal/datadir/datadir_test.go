package datadir

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// folder is a layout in a folder that everybody may pass, which is not there yet.
func folder(t *testing.T) Layout {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return Layout{Root: filepath.Join(dir, "data"), UIDBase: 310000}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMakeGivesEachPartItsOwn(t *testing.T) {
	t.Parallel()
	l := folder(t)
	must(t, l.Make())
	// Somebody has opened it, and the next start closes it again.
	must(t, os.Chmod(filepath.Join(l.Root, "secrets"), 0o777))
	must(t, l.Make())
	for path, want := range map[string]struct {
		mode     fs.FileMode
		uid, gid int
	}{
		"":                  {0o711, 0, 0},
		"secrets":           {0o700, 0, 0},
		"terraform":         {0o700, 0, 0},
		"releases":          {0o755, 0, 0},
		"logs":              {0o711, 0, 0},
		"objects/data":      {0o700, 310001, 310001},
		"objects/keys":      {0o700, 310001, 310001},
		"run/store":         {0o710 | fs.ModeSetgid, 310001, 310002},
		"run/edge":          {0o700, 310000, 310000},
		"edge":              {0o700, 310000, 310000},
		"control":           {0o700, 310002, 310002},
		"control/keys":      {0o700, 310002, 310002},
		"control/terraform": {0o700, 310002, 310002},
		"mail":              {0o700, 310003, 310003},
	} {
		info, err := os.Stat(filepath.Join(l.Root, path))
		must(t, err)
		if got := info.Mode() &^ fs.ModeDir; got != want.mode {
			t.Errorf("%s: mode %v, want %v", path, got, want.mode)
		}
		checkOwner(t, info, want.uid, want.gid)
	}
}

// checkOwner wants the caller where parts have no user ids of their own.
func checkOwner(t *testing.T, info fs.FileInfo, uid, gid int) {
	t.Helper()
	if !AsRoot() {
		uid, gid = os.Getuid(), os.Getgid()
	}
	if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != uid || int(st.Gid) != gid {
		t.Errorf("%s belongs to %d:%d, want %d:%d", info.Name(), st.Uid, st.Gid, uid, gid)
	}
}

// TestAsAnOrdinaryUser runs the tests of this package as one who is closed by habit.
func TestAsAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	if !AsRoot() { // then they do so already
		return
	}
	dir := filepath.Dir(folder(t).Root)
	data, err := os.ReadFile(os.Args[0])
	must(t, err)
	program := filepath.Join(dir, "datadir.test")
	must(t, os.WriteFile(program, data, 0o755))
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "umask 077; exec "+program)
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=/tmp"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 319999, Gid: 319999}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestMakeMakesParentsThatPartsCanPass(t *testing.T) {
	t.Parallel()
	l := folder(t)
	parent := l.Root
	l.Root = filepath.Join(parent, "a", "data")
	must(t, l.Make())
	for _, dir := range []string{parent, filepath.Join(parent, "a")} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", dir, info.Mode(), err)
		}
	}
}

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(l *Layout) error
		want    string
	}{
		"relative": {func(l *Layout) error { l.Root = "data"; return nil }, `"data" must be an absolute path`},
		"too long": {func(l *Layout) error {
			l.Root = filepath.Join(filepath.Dir(l.Root), strings.Repeat("x", longestRoot))
			return nil
		}, "at most 78 are allowed"},
		"somebody's": {func(l *Layout) error {
			return os.MkdirAll(filepath.Join(l.Root, "photos"), 0o755)
		}, "neither empty nor a data directory of Longhouse"},
		"a file": {func(l *Layout) error { return os.WriteFile(l.Root, nil, 0o600) }, "not a directory"},
	} {
		l := folder(t)
		must(t, c.prepare(&l))
		before := tree(t, l.Root)
		if err := l.Make(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: err = %v", name, err)
		}
		if after := tree(t, l.Root); after != before {
			t.Errorf("%s: there was\n%s\nand is\n%s", name, before, after)
		}
	}
}

// tree is what lies under a path, with modes.
func tree(t *testing.T, path string) string {
	t.Helper()
	var list []string
	_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		list = append(list, path+" "+info.Mode().String())
		return err
	})
	return strings.Join(list, "\n")
}

func TestMakeRefusesWherePartsCannotPass(t *testing.T) {
	t.Parallel()
	l := folder(t)
	closed := filepath.Join(filepath.Dir(l.Root), "closed")
	must(t, os.MkdirAll(filepath.Join(closed, "in"), 0o755))
	must(t, os.Chmod(filepath.Join(closed, "in"), 0o755))
	must(t, os.Chmod(closed, 0o700))
	link := filepath.Join(filepath.Dir(l.Root), "link")
	must(t, os.Symlink(filepath.Join(closed, "in"), link))
	for _, root := range []string{link, filepath.Join(closed, "data"), filepath.Join(closed, "in", "logs", "data"), filepath.Join(link, "data")} {
		l.Root = root
		err := l.Make()
		if !AsRoot() { // everything runs as one user then
			must(t, err)
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "lies in "+closed+", which only its owner may enter") {
			t.Errorf("%s: err = %v", root, err)
		}
		if got := tree(t, closed); strings.Count(got, "\n") != 1 {
			t.Errorf("%s: made\n%s", root, got)
		}
	}
}

func TestMakeFollowsNoLinkOfAPart(t *testing.T) {
	t.Parallel()
	l := folder(t)
	must(t, l.Make())
	elsewhere := filepath.Join(filepath.Dir(l.Root), "elsewhere")
	must(t, os.Mkdir(elsewhere, 0o755))
	must(t, os.Chmod(elsewhere, 0o755))
	must(t, os.Remove(l.ControlKeys()))
	must(t, os.Symlink(elsewhere, l.ControlKeys()))
	if err := l.Make(); err == nil {
		t.Error("a link was followed")
	}
	info, err := os.Stat(elsewhere)
	must(t, err)
	checkOwner(t, info, 0, 0)
	if info.Mode().Perm() != 0o755 {
		t.Errorf("what it points to has the mode %v", info.Mode())
	}
}

func TestSocketsFitUnderTheLongestDirectory(t *testing.T) {
	t.Parallel()
	l := Layout{Root: "/" + strings.Repeat("x", longestRoot-1)}
	must(t, l.fits())
	for _, socket := range []string{
		filepath.Join(l.ControlSocket(), ".s.PGSQL.5432"), filepath.Join(l.CellSocket(), ".s.PGSQL.5432"),
		l.StoreSocket(), l.EdgeSocket(), l.RoleSocket("controls-999"), filepath.Join(l.Root, "run", "12345678", "admin", "s"), filepath.Join(l.Root, "run", "agent.sock"),
	} {
		if len(socket) > 107 {
			t.Errorf("%s has %d bytes", strings.TrimPrefix(socket, l.Root), len(socket))
		}
	}
}

func TestOneProcessHasTheDirectory(t *testing.T) {
	t.Parallel()
	l := folder(t)
	if _, err := l.Acquire(); err == nil {
		t.Error("a directory that is not there was acquired")
	}
	must(t, l.Make())
	first, err := l.Acquire()
	must(t, err)
	// flock counts open files, not processes.
	if _, err := l.Acquire(); err == nil || err.Error() != "another `longhouse up` runs on "+l.Root+" already" {
		t.Errorf("err = %v", err)
	}
	must(t, first.Close())
	second, err := l.Acquire()
	must(t, err)
	must(t, second.Close())
}
