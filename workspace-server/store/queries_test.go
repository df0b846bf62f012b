package store_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A query that nobody calls is still read, checked and kept alive by whoever changes its tables.
func TestEveryQueryIsCalled(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?m)^-- name: (\w+) :`)
	var queries []string
	var code strings.Builder
	room := os.DirFS("..")
	err := fs.WalkDir(room, ".", func(path string, d fs.DirEntry, err error) error {
		sql, program := strings.HasSuffix(path, ".sql"), strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if err != nil || strings.HasPrefix(path, "store/dbsql/") || !sql && !program {
			return err
		}
		text, err := fs.ReadFile(room, path)
		if program {
			code.Write(text)
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			queries = append(queries, string(m[1]))
		}
		return err
	})
	if err != nil || len(queries) == 0 {
		t.Fatalf("%d queries (%v)", len(queries), err)
	}
	for _, q := range queries {
		if !strings.Contains(code.String(), "."+q+"(") {
			t.Errorf("nobody calls %s", q)
		}
	}
}
