package up

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzPredecessor: a program is taken to have come after another only where a program of ours says so, and what it would become again is one
// file, wherever it was started.
func FuzzPredecessor(f *testing.F) {
	for _, text := range []string{`{"program":"/usr/bin/longhouse","server":"/usr/bin/workspace-server"}`, `{"program":"","server":"/x"}`, `{"program":"longhouse"}`, `{"program":"/a/../b"}`, `{"program":"/a\u0000b"}`,
		`{"program":"/a","program":"/b"}`, `{"program":"/a"}{}`, `{"program":7}`, "{}", "null", "[]", "", strings.Repeat("[", 20_000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		was := parsePredecessor(text)
		if was == nil {
			return
		}
		for _, file := range []string{was.Program, was.Server} {
			if file != "" && (!filepath.IsAbs(file) || strings.Contains(file, "..") && filepath.Clean(file) != file || strings.ContainsRune(file, 0)) {
				t.Errorf("%q names %q", text, file)
			}
		}
		again, err := json.Marshal(was)
		if err != nil {
			t.Fatal(err)
		}
		if back := parsePredecessor(string(again)); back == nil || *back != *was || !json.Valid([]byte(text)) {
			t.Errorf("%q is %+v, and that %+v", text, was, back)
		}
	})
}
