package front

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

var (
	somewhere = Workspace{SiteName: "Timber", Host: "timber.example.com", Address: "https://timber.example.com"}
	someApp   = App{Name: "Lift", Description: "Goes up.", Callback: "https://lift.example.com/back?a=b"}
	limits    = Limits{Min: "8", Max: "72"}
)

// everyPage is each page as its reader gets it.
func everyPage() map[string]*httptest.ResponseRecorder {
	out := map[string]*httptest.ResponseRecorder{}
	for name, write := range map[string]func(http.ResponseWriter){
		"for a stranger": func(w http.ResponseWriter) { Page(w, somewhere) },
		"for who has no password": func(w http.ResponseWriter) {
			PageFor(w, somewhere, Person{Username: "ada", Email: "ada@example.com"}, limits)
		},
		"for who has a password": func(w http.ResponseWriter) {
			PageFor(w, somewhere, Person{Username: "ada", Email: "ada@example.com", HasPassword: true}, limits)
		},
		"for who comes by a dead link":  func(w http.ResponseWriter) { Gone(w, somewhere) },
		"for who forgot their password": func(w http.ResponseWriter) { Reset(w, somewhere, limits) },
		"for who confirms an address":   func(w http.ResponseWriter) { Confirm(w, somewhere) },
		"for who is invited":            func(w http.ResponseWriter) { SignUp(w, somewhere, limits) },
		"for who is asked about an app": func(w http.ResponseWriter) {
			LetIn(w, somewhere, Person{Username: "ada"}, someApp, Form{Query: "client_id=x", Token: "t"})
		},
		"for who signs in for an app": func(w http.ResponseWriter) {
			SignInFor(w, http.StatusUnauthorized, somewhere, someApp, Form{Query: "client_id=x", Token: "t"}, "Wrong.")
		},
		"for who comes from no app":            func(w http.ResponseWriter) { NotLetIn(w, http.StatusBadRequest, somewhere, "No.") },
		"for who is invited and has signed in": func(w http.ResponseWriter) { Join(w, somewhere, Person{Username: "ada"}) },
	} {
		out[name] = httptest.NewRecorder()
		write(out[name])
	}
	return out
}

func TestNamesArePutIntoPagesAsText(t *testing.T) {
	t.Parallel()
	const hostile = `<script>"'&{{email}}</script>`
	w := httptest.NewRecorder()
	PageFor(w, Workspace{SiteName: hostile + "1", Host: hostile + "2", Address: hostile + "3"}, Person{Username: hostile + "4", Email: hostile + "5"}, limits)
	text := w.Body.String()
	if strings.Contains(text, "<script>") {
		t.Errorf("a value is markup: %s", text)
	}
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		if want := "&lt;script&gt;&#34;&#39;&amp;{{email}}&lt;/script&gt;" + n; !strings.Contains(text, want) {
			t.Errorf("value %s is not shown as what it is", n)
		}
	}
}

func TestEveryPlaceOnAPageIsFilled(t *testing.T) {
	t.Parallel()
	for name, page := range everyPage() {
		if found := regexp.MustCompile(`\{\{.*?\}\}|<!-- .*? -->`).FindString(page.Body.String()); found != "" {
			t.Errorf("the page %s still has %s", name, found)
		}
	}
}

// sends is where a page's forms may go, which is nowhere for most.
func sends(page string) string {
	switch page {
	case "for who is asked about an app", "for who signs in for an app": // browsers hold all that the app sends on to against it
		return "form-action 'self' http: https:"
	}
	return "form-action 'none'"
}

func TestWhatAnAppSaysOfItselfIsPutIntoPagesAsText(t *testing.T) {
	t.Parallel()
	const hostile = `"><script>'&`
	app, form := App{Name: hostile + "1", Description: hostile + "2", Callback: "https://lift.example.com"}, Form{Query: hostile + "3", Token: hostile + "4"}
	one, other := httptest.NewRecorder(), httptest.NewRecorder()
	LetIn(one, somewhere, Person{Username: hostile + "5"}, app, form)
	SignInFor(other, http.StatusOK, somewhere, app, form, hostile+"6")
	text := one.Body.String() + other.Body.String()
	if strings.Contains(text, "<script>") {
		t.Errorf("a value is markup: %s", text)
	}
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		if want := "&#34;&gt;&lt;script&gt;&#39;&amp;" + n; !strings.Contains(text, want) {
			t.Errorf("value %s is not shown as what it is", n)
		}
	}
}

// A browser would refuse these silently, so a page that has them looks right only to who reads its source.
func TestPagesNeedNothingThatThePolicyForbids(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+=|javascript:|(src|action|import)\W+https?:|<link[^>]+https?:|innerHTML|localStorage|sessionStorage|\beval\(|url\(`)
	for name, page := range everyPage() {
		if found := forbidden.FindString(page.Body.String()); found != "" {
			t.Errorf("the page %s has %q", name, found)
		}
		h := page.Header()
		if got := h.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; ") || strings.Contains(got, "unsafe") || !strings.Contains(got, sends(name)+";") || !strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("the page %s has the policy %q", name, got)
		}
		if got := h.Get("Cache-Control"); got != "no-store" {
			t.Errorf("the page %s may be kept: %q", name, got)
		}
	}
	err := fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		if found := forbidden.Find(content); found != nil {
			t.Errorf("%s has %q", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The script finds its elements by their ids, and the pages find their files by name.
func TestPagesAndTheirFilesFitTogether(t *testing.T) {
	t.Parallel()
	pages := everyPage()
	for file, page := range map[string]string{"page.js": "for who has no password", "mailed.js": "for who is invited"} {
		script, err := files.ReadFile("files/" + file)
		if err != nil {
			t.Fatal(err)
		}
		text := pages[page].Body.String()
		wanted := regexp.MustCompile(`byId\("([^"]+)"\)`).FindAllStringSubmatch(string(script), -1)
		if len(wanted) == 0 {
			t.Fatal("the script looks for nothing, so this test shows nothing")
		}
		for _, m := range wanted {
			if strings.Count(text, ` id="`+m[1]+`"`) != 1 {
				t.Errorf("%s looks for #%s, which the page has not, or more than once", file, m[1])
			}
		}
	}
	for name, page := range pages {
		loads := regexp.MustCompile(FilesPath+`([^"]*)"`).FindAllStringSubmatch(page.Body.String(), -1)
		if len(loads) == 0 {
			t.Errorf("the page %s loads nothing", name)
		}
		for _, m := range loads {
			if !File(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), m[1]) {
				t.Errorf("the page %s loads %s, which there is not", name, m[1])
			}
		}
	}
}
