package tenants

import (
	"encoding/json"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// FuzzSlug: what is let through is the first label of a host name, and can't be taken for ours.
func FuzzSlug(f *testing.F) {
	for _, slug := range []string{"engines", "a", "xn--bcher-kva", "-a", "a-", "a.b", "Engines", "b\u00fccher", "admin", canarySlug + "1", strings.Repeat("a", 64), "a\n", ""} {
		f.Add(slug)
	}
	f.Fuzz(func(t *testing.T, slug string) {
		if checkSlug(slug) != nil {
			return
		}
		foreign := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') }
		if slug == "" || len(slug) > 63 || strings.ContainsFunc(slug, foreign) || strings.Trim(slug, "-") != slug || strings.HasPrefix(slug, "xn--") ||
			strings.HasPrefix(slug, canarySlug) {
			t.Errorf("%q was let through", slug)
		}
	})
}

// FuzzEmail: what is let through is one plain address, on one line of a mail, and the same when it is checked again.
func FuzzEmail(f *testing.F) {
	for _, address := range []string{"ada@example.com", " Ada@Example.COM ", "Ada <ada@example.com>", "a@b.c\r\nBcc: x@y.z", "a@[127.0.0.1]", `"a b"@example.com`, "a@b,c@d.e",
		"a@b..c", "a@-.c", "ada@localhost", "=?utf-8?q?a?=@b.c", "a\x00@b.c", "a@b.c(comment)"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		address, err := checkEmail(raw)
		if err != nil {
			return
		}
		if again, err := checkEmail(address); err != nil || again != address {
			t.Errorf("%q became %q, and that %q, %v", raw, address, again, err)
		}
		parsed, err := mail.ParseAddressList(address)
		if err != nil || len(parsed) != 1 || parsed[0].Address != address || parsed[0].Name != "" || strings.Count(address, "@") != 1 || len(address) > emailMost {
			t.Errorf("%q was let through as %q: %v, %v", raw, address, parsed, err)
		}
		if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || unicode.IsUpper(r) }) {
			t.Errorf("%q was let through as %q", raw, address)
		}
	})
}

// FuzzName: what is let through can be shown on one line, and is the same when it is checked again.
func FuzzName(f *testing.F) {
	for _, name := range []string{"Engines & Co", " a ", "a\tb", "a\u202eb", "a\u200bb", "\ufeff", "a\u00a0b", "\u00a0", "\xff", strings.Repeat("\u00e4", 65), "\U000e0041"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := checkName("name", raw)
		if err != nil {
			return
		}
		if again, err := checkName("name", name); err != nil || again != name {
			t.Errorf("%q became %q, and that %q, %v", raw, name, again, err)
		}
		if n := utf8.RuneCountInString(name); n < 1 || n > 64 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q was let through as %q", raw, name)
		}
	})
}

// FuzzWebhookURL: what is let through is one encrypted address, without a secret that is logged, and of no network of ours.
func FuzzWebhookURL(f *testing.F) {
	for _, address := range []string{"https://example.com/in?x=1", "http://example.com", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]/", "https://0x7f.1/", "https://a@b/",
		"https:example.com", "https://example.com:0/", "https://\u0435xample.com/", "https://example.com/#", "//example.com", "https://[::]", "https://169.254.169.254/latest", "https://a\\@b/"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if new(Webhooks).checkURL(address) != nil {
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.Fragment != "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q was let through: %+v, %v", address, u, err)
		}
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
			if ip = ip.WithZone("").Unmap(); ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
				t.Errorf("%q was let through, which is %s", address, ip)
			}
		}
	})
}

// FuzzStorable: what a receiver wrote is kept as the database takes it, as much of it as can be, and once more changes nothing.
func FuzzStorable(f *testing.F) {
	for _, text := range []string{"", "ok", "a\x00b", "\xff\xfe", "\u00e4\xc3", "\ufffd", "\xed\xa0\x80", "\x00\xff\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept := storable(text)
		if !utf8.ValidString(kept) || strings.ContainsRune(kept, 0) || storable(kept) != kept || len(kept) > 3*len(text) {
			t.Errorf("%q is kept as %q", text, kept)
		}
		if utf8.ValidString(text) && !strings.ContainsRune(text, 0) && kept != text {
			t.Errorf("%q became %q without need", text, kept)
		}
	})
}

// FuzzDetails: what is taken for an event's details are texts by their names, and of all else nothing is lost.
func FuzzDetails(f *testing.F) {
	for _, raw := range []string{`{}`, `{"a":"b"}`, `{"a":null}`, `{"a":"null"}`, `{"a":{"b":null}}`, `{"a":1}`, "null", "[]", `"x"`, `{"` + audit.Unreadable + `":"x"}`, ""} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		details := readDetails(raw)
		if as, unreadable := details[audit.Unreadable]; unreadable {
			if len(details) == 1 && as != string(raw) && !json.Valid(raw) {
				t.Errorf("%q is told as %q", raw, as)
			}
			return
		}
		var values map[string]*string
		if err := json.Unmarshal(raw, &values); err != nil || len(values) != len(details) {
			t.Fatalf("%q is %q, %v", raw, details, err)
		}
		for name, value := range values {
			if value == nil || *value != details[name] {
				t.Errorf("%q is %q", raw, details)
			}
		}
	})
}

// FuzzRemark: what is let through can be shown on one line, is no longer than allowed, and is the same when it is checked again.
func FuzzRemark(f *testing.F) {
	for _, text := range []string{"Office", "", " a ", "a\nb", "a\u202eb", "\ufeff", "\xff", strings.Repeat("\u00e4", 65)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		text, err := checkRemark("name", "the name", raw, ipRuleNameMost)
		if err != nil {
			return
		}
		if again, err := checkRemark("name", "the name", text, ipRuleNameMost); err != nil || again != text {
			t.Errorf("%q became %q, and that %q, %v", raw, text, again, err)
		}
		if utf8.RuneCountInString(text) > ipRuleNameMost || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q was let through as %q", raw, text)
		}
	})
}
