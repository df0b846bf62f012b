package controlplane

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestPagesAreServedUnderTheirPolicy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]struct{ kind, holds string }{
		"/":                    {"text/html", ".longhouse.test"},
		"/confirm":             {"text/html", "Confirm your e-mail address"},
		"/break-glass":         {"text/html", "Such as engines.longhouse.test"},
		"/page/break-glass.js": {"text/javascript", "/break-glass/use"},
		"/page/once.js":        {"text/javascript", "export async function once("},
		"/page/longhouse.css":  {"text/css", "prefers-color-scheme: dark"},
		"/page/signup.js":      {"text/javascript", "/signup"},
		"/page/making.js":      {"text/javascript", "sentence(op.estimate.sentence)"},
		"/page/longhouse.svg":  {"image/svg+xml", "<svg"},
	} {
		a, err := b.try(get, path, "", nil)
		b.must(err)
		if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), want.kind) || !strings.Contains(string(a.body), want.holds) {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/page/signup.html", "/page/nothing.js", "/page/../pages.go", "/page/"} {
		if a, err := b.try(get, path, "", nil); err != nil || a.status != http.StatusNotFound || a.header.Get("Content-Type") != problemType {
			t.Errorf("%s: %d %v", path, a.status, err)
		}
	}
}

// TestPagesNeedNothingThatThePolicyForbids reads what a browser would refuse to run or load.
func TestPagesNeedNothingThatThePolicyForbids(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)<script(>|[^>]*[^"]>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:|https?://[^w]|innerHTML|localStorage|sessionStorage|document\.cookie|\beval\(`)
	err := fs.WalkDir(pages, "page", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(pages, path)
		if found := forbidden.Find(content); found != nil {
			t.Errorf("%s has %q", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
