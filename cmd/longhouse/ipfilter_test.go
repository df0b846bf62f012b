package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// filter is the IP filter that is in force, or was.
func (s *shell) filter(more ...string) (f client.IPFilter) {
	s.t.Helper()
	s.want(exitDone, append([]string{"ip-filter", "show", "engines", "--json"}, more...)...).into(s.t, &f)
	return f
}

func networksOf(f client.IPFilter) (list []string) {
	for _, r := range f.Rules {
		list = append(list, r.Network)
	}
	return list
}

// TestAnIPFilterOnTheCommandLine is that of somebody who sits on this machine.
func TestAnIPFilterOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	if r := s.want(exitDone, "ip-filter", "show", "engines"); !strings.Contains(r.out, "open: everybody is let in") || !strings.Contains(r.out, "your address  127.0.0.1") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitRefused, "ip-filter", "close", "engines"); !strings.Contains(r.err, "lets nobody in") {
		t.Errorf("%s", r.err)
	}
	s.want(exitDone, "ip-filter", "add", "engines", "203.0.113.0/24", "--name", "Office", "--owner", "ada@example.com", "--until", "7d", "--reason", "an audit asks for it")
	if r := s.want(exitRefused, "ip-filter", "close", "engines"); !strings.Contains(r.err, "127.0.0.1, the address from which you save it") {
		t.Errorf("%s", r.err)
	}
	s.want(exitDone, "ip-filter", "close", "engines", "--force")
	s.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1", "--dry-run")
	s.want(exitDone, "ip-filter", "add", "engines", "127.0.0.1")
	if r := s.want(exitDone, "ip-filter", "close", "engines"); !strings.Contains(r.out, "nothing was changed") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "ip-filter", "show", "engines"); !strings.Contains(r.out, "closed") || !strings.Contains(r.out, "Office") || !strings.Contains(r.out, "by engines@example.com") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitRefused, "ip-filter", "add", "engines", "203.0.113.0/24"); !strings.Contains(r.err, "rule 1 (Office) and rule 3 are the same network") {
		t.Errorf("%s", r.err)
	}
	if r := s.want(exitRefused, "ip-filter", "add", "engines", "10.1"); !strings.Contains(r.err, "is no address") {
		t.Errorf("%s", r.err)
	}
	if r := s.want(exitUsage, "ip-filter", "add", "engines", "10.0.0.1", "--until", "yesterday"); !strings.Contains(r.err, endingForms) {
		t.Errorf("%s", r.err)
	}
	if r := s.want(exitDone, "ip-filter", "history", "engines"); strings.Count(r.out, "\n") != 4 || !strings.Contains(r.out, "an audit asks for it") || !strings.Contains(r.out, "yes") {
		t.Errorf("%s", r.out)
	}
	s.want(exitDone, "ip-filter", "remove", "engines", "::ffff:203.0.113.0/120")
	f := s.filter()
	if f.Version != 4 || f.Open || !slices.Equal(networksOf(f), []string{"127.0.0.1"}) {
		t.Errorf("%+v", f)
	}
	if r := s.want(exitRefused, "ip-filter", "remove", "engines", f.Rules[0].ID); !strings.Contains(r.err, "lets nobody in") {
		t.Errorf("%s", r.err)
	}
	s.want(exitRefused, "ip-filter", "remove", "engines", "192.0.2.1")
	s.want(exitDone, "ip-filter", "open", "engines")
	s.want(exitDone, "ip-filter", "remove", "engines", f.Rules[0].ID)
	if f := s.filter("--version", "1"); f.Version != 1 || *f.Rules[0].Until == (time.Time{}) || f.Rules[0].Owner != "ada@example.com" {
		t.Errorf("%+v", f)
	}
	s.want(exitRefused, "ip-filter", "show", "engines", "--version", "99")
}

func TestAnIPFilterOfAFile(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	file := filepath.Join(t.TempDir(), "rules.json")
	write := func(text string) {
		t.Helper()
		s.must(os.WriteFile(file, []byte(text), 0o600))
	}
	write(`{"open": false, "rules": [{"network": "127.0.0.0/8"}, {"network": "2001:db8::/32", "name": "Lab", "enabled": false}]}`)
	s.want(exitDone, "ip-filter", "set", "engines", "--file", file, "--reason", "as written down")
	first := s.filter()
	if first.Open || first.Version != 1 || !slices.Equal(networksOf(first), []string{"127.0.0.0/8", "2001:db8::/32"}) || first.Rules[1].Enabled || *first.Reason != "as written down" {
		t.Errorf("%+v", first)
	}
	if r := s.want(exitDone, "ip-filter", "set", "engines", "--file", file); !strings.Contains(r.out, "nothing was changed") {
		t.Errorf("%s", r.out)
	}
	shown, err := json.Marshal(first)
	s.must(err)
	write(string(shown))
	s.want(exitDone, "ip-filter", "remove", "engines", "2001:db8::/32")
	if r := s.want(exitRefused, "ip-filter", "set", "engines", "--file", file); !strings.Contains(r.err, "at version 2, and this change is made for version 1") {
		t.Errorf("%s", r.err)
	}
	s.stdin = string(shown)
	s.want(exitDone, "ip-filter", "set", "engines", "--file", "-", "--version", "2")
	if f := s.filter(); f.Version != 3 || f.Rules[0].ID != first.Rules[0].ID || f.Rules[1].Network != "2001:db8::/32" {
		t.Errorf("%+v", f)
	}
	for text, say := range map[string]string{
		``:                                 "not valid JSON",
		`[]`:                               "is no IP filter",
		`{"open": false}`:                  "has no `rules`",
		`{"rules": [{"networks": "::1"}]}`: `unknown field "networks"`,
		`{"rules": [], "rules": []}`:       "twice",
		`{"rules": [` + strings.Repeat(" ", ipFilterFileMost) + `]}`: "larger than",
	} {
		write(text)
		if r := s.want(exitUsage, "ip-filter", "set", "engines", "--file", file); !strings.Contains(r.err, say) {
			t.Errorf("%.40s: %s", text, r.err)
		}
	}
	s.want(exitUsage, "ip-filter", "set", "engines")
	s.want(exitUsage, "ip-filter", "set", "engines", "--file", file+"x")
}

// FuzzIPFilterFile: what is let through is read the same when it is written down again.
func FuzzIPFilterFile(f *testing.F) {
	for _, text := range []string{`{"rules":[]}`, `{"version":3,"open":true,"rules":[{"id":"ipr_x","network":"10.0.0.0/8","until":"2026-01-31T09:00:00Z"}],"your_address":"::1"}`, `{"rules":null}`, `{"Rules":[],"rules":[{}]}`, `[[[[[`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		read, err := decodeIPFilter(raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(read)
		if err != nil {
			return // a time that JSON can't have
		}
		if back, err := decodeIPFilter(again); err != nil || !reflect.DeepEqual(back, read) {
			t.Errorf("%q is %+v, and written as %s %+v, %v", raw, read, again, back, err)
		}
		body := client.IPFilterBody{Open: true}
		if read.onto(&body); len(body.Rules) != len(read.Rules) || read.Open == nil && !body.Open {
			t.Errorf("%q becomes %+v", raw, body)
		}
	})
}

// FuzzEnding: what is let through can be sent.
func FuzzEnding(f *testing.F) {
	for _, text := range []string{"2026-01-31", "2026-01-31T09:00:00Z", "36h", "7d", "-1s", "9999999h", "99999d", "0001-01-01", "9999-12-31T23:59:59.999999999-23:59"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		now := time.Unix(1_800_000_000, 0)
		at, err := ending(text, now)
		if err != nil || at == nil {
			return
		}
		if back, err := time.Parse(time.RFC3339Nano, at.Format(time.RFC3339Nano)); err != nil || !back.Equal(*at) {
			t.Errorf("%q is %v, which reads as %v, %v", text, at, back, err)
		}
	})
}
