package guides

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/repository"
)

// oddNames are those of streams that no folder has: they lead out of it, or are a folder besides. x is a file.
var oddNames = []string{"files/../escaped", "files/../../escaped", "/escaped", "files/a//b", "files/c/./d", "files/e/..", "files/ends/", "files/x/y", "database/z", "other"}

const oddStorage = "st_06h2z6wgdxsbs7th6b6vjhzyrw"

// oddBackup makes a backup in a folder that stands for the bucket, and the keyring in dir. What a stream holds is its name.
func oddBackup(t *testing.T, dir, bucket string) (repo *repository.Repository) {
	t.Helper()
	key := random(32)
	for _, folder := range []string{filepath.Join(dir, "objects", "keys"), filepath.Join(bucket, oddStorage)} {
		must(t, os.MkdirAll(folder, 0o700))
	}
	must(t, os.WriteFile(filepath.Join(dir, "objects", "keys", "ws-"+strings.TrimPrefix(oddStorage, "st_")), key, 0o600))
	derived, err := hkdf.Key(sha256.New, key, nil, "longhouse object store: backups", repository.KeySize)
	must(t, err)
	repo, err = repository.Open(repository.NewFolder(filepath.Join(bucket, oddStorage)), [repository.KeySize]byte(derived))
	must(t, err)
	b, err := repo.Begin(t.Context(), "bkp_1")
	must(t, err)
	for _, name := range append([]string{"database", "files/x", "files/plain/name", "files/-n $(false) 'quoted' ü"}, oddNames...) {
		_, err := b.Add(t.Context(), name, repository.Coarse, strings.NewReader(name), nil)
		must(t, err)
	}
	_, err = b.Add(t.Context(), "files/empty", repository.Coarse, strings.NewReader(""), nil)
	must(t, err)
	_, err = b.Add(t.Context(), "files/deep", repository.Fine, bytes.NewReader(random(2<<20)), nil) // whose list of chunks has a list
	must(t, err)
	_, err = b.Finish(t.Context(), time.Unix(1_790_000_000, 0), map[string]string{"workspace": "ws_odd"})
	must(t, err)
	return repo
}

// unpack gives the commands of the page that get the key, and all that is in a backup.
func unpack(t *testing.T, dir, bucket, workspace string) (at string, said []byte, err error) {
	t.Helper()
	_, page, _ := strings.Cut(read(t, byHandPage), "\n## Get the key")
	page, _, ok := strings.Cut(page, "\n## Load the database")
	steps := stepsOf(page)
	if !ok || len(steps) != 1 {
		t.Fatalf("%d steps", len(steps))
	}
	at = filepath.Join(t.TempDir(), "a", "b")
	must(t, os.MkdirAll(at, 0o700))
	c := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", steps[0].commands)
	c.Dir = at
	c.Env = []string{"HOME=" + at, "DIR=" + dir, "WORKSPACE=" + workspace, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "bucket=.",
		"RCLONE_CONFIG_STORE_TYPE=alias", "RCLONE_CONFIG_STORE_REMOTE=" + bucket}
	said, err = c.CombinedOutput()
	return at, said, err
}

func TestNoNameLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	dir, bucket := t.TempDir(), t.TempDir()
	oddBackup(t, dir, bucket)
	at, said, err := unpack(t, dir, bucket, "ws_odd")
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if got := contents(t, filepath.Join(at, "odd")); !slices.Equal(slices.Sorted(maps.Values(got)), slices.Sorted(slices.Values(oddNames))) {
		t.Errorf("odd has %q", got)
	}
	got := contents(t, filepath.Join(at, "files"))
	if len(got) != 5 || got["x"] != "files/x" || got["plain/name"] != "files/plain/name" || got["-n $(false) 'quoted' ü"] == "" || got["empty"] != "" || got["deep"] != string(random(2<<20)) {
		t.Errorf("files has %q", slices.Sorted(maps.Keys(got)))
	}
	if above := contents(t, filepath.Dir(filepath.Dir(at))); len(above) != len(contents(t, at)) {
		t.Error("something is beside the folder")
	}
}

func TestWhatIsDamagedIsNotRestored(t *testing.T) {
	t.Parallel()
	dir, bucket := t.TempDir(), t.TempDir()
	repo := oddBackup(t, dir, bucket)
	if _, said, err := unpack(t, dir, bucket, "ws_other"); err == nil || !strings.Contains(string(said), "there is no backup of it") {
		t.Errorf("of a workspace that has none: %v: %s", err, said)
	}
	packs, err := filepath.Glob(filepath.Join(bucket, oddStorage, "packs", "*"))
	must(t, err)
	pack, err := os.ReadFile(packs[0])
	must(t, err)
	spoilt := bytes.Clone(pack)
	spoilt[len(spoilt)/2] ^= 1
	must(t, os.WriteFile(packs[0], spoilt, 0o600))
	if _, said, err := unpack(t, dir, bucket, "ws_odd"); err == nil {
		t.Errorf("with a spoilt pack: %s", said)
	}
	must(t, os.Remove(packs[0]))
	if _, said, err := unpack(t, dir, bucket, "ws_odd"); err == nil {
		t.Errorf("without a pack: %s", said)
	}
	must(t, os.WriteFile(packs[0], pack, 0o600))
	must(t, repo.Forget(t.Context(), "bkp_1"))
	if _, said, err := unpack(t, dir, bucket, "ws_odd"); err == nil {
		t.Errorf("after the backup is forgotten: %s", said)
	}
}

// contents are those of all files below a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(data)
		return err
	}))
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
