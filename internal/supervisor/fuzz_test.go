package supervisor

import (
	"path/filepath"
	"strings"
	"testing"
)

// FuzzMarked: whatever a process writes into its environment, what it is taken for has its record in our folder, as a file of its own.
func FuzzMarked(f *testing.F) {
	const dir = "/data/run/children"
	for _, env := range []string{"LONGHOUSE_CHILD=/data/run/children/edge.json", "A=1\x00LONGHOUSE_CHILD=/data/run/children/edge.json\x00", "LONGHOUSE_CHILD=/data/run/children/../x.json",
		"LONGHOUSE_CHILD=/data/run/children/a/b.json", "LONGHOUSE_CHILD=/data/run/children//x.json", "XLONGHOUSE_CHILD=/data/run/children/x.json", "LONGHOUSE_CHILD=/data/run/children/.json", "LONGHOUSE_CHILD=\x00"} {
		f.Add([]byte(env))
	}
	f.Fuzz(func(t *testing.T, env []byte) {
		name := marked(env, dir)
		if name == "" {
			return
		}
		file := recordFile(dir, name)
		if filepath.Dir(file) != dir || filepath.Clean(file) != file || !strings.Contains("\x00"+string(env)+"\x00", "\x00"+mark+file+"\x00") {
			t.Errorf("%q is taken for %q", env, name)
		}
	})
}
