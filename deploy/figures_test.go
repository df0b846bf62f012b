package deploy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// figure is the name of one, as it stands in a rule, a panel, a page or the code.
var figure = regexp.MustCompile(`longhouse_[a-z0-9]+(_[a-z0-9]+)*`)

// made reports whether the code has a figure of this name, or a histogram whose part it is.
func made(code map[string]bool, name string) bool {
	for _, part := range []string{"", "_bucket", "_sum", "_count"} {
		if whole, ok := strings.CutSuffix(name, part); ok && code[whole] {
			return true
		}
	}
	return false
}

// figuresOfTheCode are the names in all code that is not a test's.
func figuresOfTheCode(t *testing.T) map[string]bool {
	t.Helper()
	code := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "e2e", "bench", "node_modules"}, d.Name()) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, name := range figure.FindAllString(string(text), -1) {
			code[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestEveryFigureThatIsSpokenOfIsMade: an alert on a figure that was renamed never fires, and nobody hears of it.
func TestEveryFigureThatIsSpokenOfIsMade(t *testing.T) {
	t.Parallel()
	code := figuresOfTheCode(t)
	if made(code, "longhouse_nothing_total") || !made(code, "longhouse_store_request_duration_seconds_bucket") {
		t.Error("figures are not told from what is none")
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(pages, "prometheus/rules.yml", "grafana/longhouse.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range figure.FindAllString(string(text), -1) {
			if !made(code, name) {
				t.Errorf("%s speaks of %s, and nothing makes it", file, name)
			}
		}
	}
}
