package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestExceptionsOfAnIPFilterOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	file := filepath.Join(t.TempDir(), "tokens")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const hook = "abcdefghijklmnopqrstuvwxy1"
	write("http://engines.example/hooks/" + hook + "\n\nabcdefghijklmnopqrstuvwxy2\n")
	s.want(exitDone, "ip-filter", "except", "engines", "incoming_webhook", "140.82.112.0/20", "--tokens", file, "--name", "Builds")
	f := s.filter()
	if len(f.Exceptions) != 1 || len(f.Exceptions[0].Tokens) != 2 || f.Exceptions[0].Name != "Builds" || strings.Contains(strings.Join(f.Exceptions[0].Tokens, " "), hook) {
		t.Errorf("%+v", f.Exceptions)
	}
	if r := s.want(exitDone, "ip-filter", "show", "engines"); !strings.Contains(r.out, "incoming_webhook  140.82.112.0/20  2") {
		t.Errorf("%s", r.out)
	}
	s.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1") // which leaves it as it is
	write("token-of-twenty-or-so-characters\n")
	s.want(exitDone, "ip-filter", "except", "engines", "scim", "::/0", "--tokens", file, "--until", "7d")
	if f := s.filter(); len(f.Exceptions) != 2 || f.Exceptions[1].Until == nil {
		t.Errorf("%+v", f.Exceptions)
	}
	saved := s.want(exitDone, "ip-filter", "show", "engines", "--json")
	write(saved.out)
	if r := s.want(exitDone, "ip-filter", "set", "engines", "--file", file); !strings.Contains(r.out, "nothing was changed") {
		t.Errorf("what was shown is another filter: %s", r.out)
	}
	write(`{"rules": [], "exceptions": []}`)
	s.want(exitDone, "ip-filter", "set", "engines", "--file", file, "--dry-run")
	s.want(exitDone, "ip-filter", "unexcept", "engines", "scim", "0::/0")
	if f := s.filter(); len(f.Exceptions) != 1 {
		t.Errorf("%+v", f.Exceptions)
	}
	s.want(exitRefused, "ip-filter", "unexcept", "engines", "scim", "::/0")
	for text, say := range map[string]string{"": "no token", "short\n": "neither the id", "a b\n": "neither the id"} {
		write(text)
		if r := s.want(exitUsage, "ip-filter", "except", "engines", "incoming_webhook", "::/0", "--tokens", file); !strings.Contains(r.err, say) || text != "" && strings.Contains(r.err, strings.TrimSpace(text)) {
			t.Errorf("%q: %s", text, r.err)
		}
	}
	write("short\n")
	if r := s.want(exitUsage, "ip-filter", "except", "engines", "scim", "::/0", "--tokens", file); !strings.Contains(r.err, "no bearer token") {
		t.Errorf("%s", r.err)
	}
	s.want(exitUsage, "ip-filter", "except", "engines", "scim", "::/0")
	write("token-of-twenty-or-so-characters\n")
	if r := s.want(exitRefused, "ip-filter", "except", "engines", "everything", "::/0", "--tokens", file); !strings.Contains(r.err, "allowed are incoming_webhook and scim") {
		t.Errorf("%s", r.err)
	}
}

// FuzzTokens: whatever is taken is one hash a line, and none shows the token.
func FuzzTokens(f *testing.F) {
	f.Add("http://a/hooks/abcdefghijklmnopqrstuvwxy1\n", true)
	f.Add("token-of-twenty-or-so-characters\n\n", false)
	f.Fuzz(func(t *testing.T, text string, hooks bool) {
		hashes, err := hashTokens(strings.NewReader(text), hooks)
		if err != nil {
			return
		}
		if len(hashes) > strings.Count(text, "\n")+1 || slices.ContainsFunc(hashes, func(h string) bool { return len(h) != 64 || strings.Trim(h, "0123456789abcdef") != "" }) {
			t.Fatalf("%q became %q", text, hashes)
		}
	})
}
