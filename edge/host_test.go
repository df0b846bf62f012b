package edge

import (
	"strings"
	"testing"
)

func TestCanonicalHost(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	for raw, want := range map[string]string{
		"acme.longhouse.localhost":       "acme.longhouse.localhost",
		"ACME.Longhouse.LOCALHOST":       "acme.longhouse.localhost",
		"acme.longhouse.localhost:80":    "acme.longhouse.localhost",
		"acme.longhouse.localhost.":      "acme.longhouse.localhost",
		"acme.longhouse.localhost.:8065": "acme.longhouse.localhost",
		"acme.longhouse.localhost:":      "acme.longhouse.localhost",
		"localhost":                      "localhost",
		"127.0.0.1:8065":                 "127.0.0.1",
		"xn--mnchen-3ya.example":         "xn--mnchen-3ya.example",
		"[::1]":                          "::1",
		"[::1]:8065":                     "::1",
		"[2001:DB8:0::1]":                "2001:db8::1",
		label63 + ".example":             label63 + ".example",

		"": "", ".": "", ":80": "", "..": "", "acme..": "", ".acme": "", "a..b": "", "acme.localhost..": "",
		"acme.localhost:99999": "", "acme.localhost:8x": "", "acme.localhost:80:80": "", "acme.localhost:-1": "",
		"acme.localhost:000080": "", "acme localhost": "", "acme.localhost ": "", " acme": "", "acme\t": "", "a\x00b": "",
		"acme_x.localhost": "", "-acme.localhost": "", "acme-.localhost": "", "acme.localhost/": "", "acme@evil": "",
		"user:pw@acme.localhost": "", "acme.localhost,evil": "", "acmé.localhost": "", "ａcme.localhost": "", "acme%2elocalhost": "",
		"::1": "", "[::1": "", "[::1]x": "", "[::1]:x": "", "[::1%25eth0]": "", "[::1%eth0]": "", "[127.0.0.1]": "", "[]": "",
		label63 + "a.example":                  "",
		strings.Repeat("abcdefg.", 32) + "com": "",
	} {
		got, err := canonicalHost(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestCanonicalHostOfALowerCaseNameDoesNotAllocate(t *testing.T) {
	table := NewTable()
	_, err := table.Replace(manyRoutes(10))
	must(t, err)
	if n := testing.AllocsPerRun(100, func() {
		host, err := canonicalHost("workspace-7.longhouse.localhost.:8065")
		if err != nil || table.Lookup(host) == nil {
			t.Error("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations for a look-up", n)
	}
}

func FuzzCanonicalHost(f *testing.F) {
	for _, seed := range []string{"acme.longhouse.localhost:80", "ACME.", "[::1]:80", "[::ffff:1.2.3.4]", "a..b", "\x00", "é", "a:b:c", "K.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host, err := canonicalHost(raw)
		if err != nil {
			if host != "" {
				t.Fatalf("%q is refused but gives %q", raw, host)
			}
			return
		}
		if host == "" || len(host) > maxHostName || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.:") != "" {
			t.Fatalf("%q gives %q", raw, host)
		}
		if isIPv6(host) {
			return
		}
		for _, other := range []string{host, host + ".", host + ":8065", strings.ToUpper(host)} {
			if again, err := canonicalHost(other); err != nil || again != host {
				t.Fatalf("%q gives %q, but %q gives %q, %v", raw, host, other, again, err)
			}
		}
	})
}
