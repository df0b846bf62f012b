package store_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Pages are remembered by when their posts changed, and clients ask what did since: a change that doesn't say when nobody would see.
func TestEveryChangeOfAPostSaysWhen(t *testing.T) {
	t.Parallel()
	change := regexp.MustCompile(`(?is)\bupdate posts\b.*?(\bwhere\b|\bfrom\b|;)`)
	found := 0
	room := os.DirFS("..")
	err := fs.WalkDir(room, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".sql") || strings.HasPrefix(path, "store/") {
			return err
		}
		text, err := fs.ReadFile(room, path)
		for _, statement := range change.FindAllString(string(text), -1) {
			found++
			if !regexp.MustCompile(`update_at = greatest\([^()]*, \w+\.?\w* ?\+ 1\)`).MatchString(statement) {
				t.Errorf("%s: the time of the change does not move on for certain: %s", path, statement)
			}
		}
		return err
	})
	if err != nil || found < 8 {
		t.Errorf("%d changes of posts (%v)", found, err)
	}
}

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
