package users

import (
	"encoding/json"
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FuzzUsername: a username can be mentioned, is nobody's and everybody's word, and the same when it is checked again.
func FuzzUsername(f *testing.F) {
	for _, raw := range []string{"ben", " Ben ", "ALL", "\u212aelvin", "1ben", "ben@x", "b", "", "me", strings.Repeat("b", 65), "ben\n", "b\x00", "b..", "\u0130x"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := username(raw)
		if err != nil {
			return
		}
		if again, err := username(name); err != nil || again != name {
			t.Errorf("%q became %q, and that %q, %v", raw, name, again, err)
		}
		foreign := func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r))
		}
		if strings.ContainsFunc(name, foreign) || strings.ContainsAny(name[:1], ".-_0123456789") || len(name) > 64 || reserved[name] {
			t.Errorf("%q became %q", raw, name)
		}
	})
}

// FuzzEmail: an address is one, alone, on one line, and the same when it is checked again.
func FuzzEmail(f *testing.F) {
	for _, raw := range []string{"ben@example.com", " Ben@Example.COM ", "Ben <ben@example.com>", "a@b.c\r\nBcc: x@y.z", `"a b"@x.y`, `"a@b"@x.y`, "a@[127.0.0.1]", "a@b,c@d", "\u0130@x.y", "=?utf-8?q?a?=@b.c", "a@b.c (x)", "a@\u00e4.c"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		address, err := Address(raw)
		if err != nil {
			return
		}
		if again, err := Address(address); err != nil || again != address {
			t.Errorf("%q became %q, and that %q, %v", raw, address, again, err)
		}
		list, err := mail.ParseAddressList(address)
		if err != nil || len(list) != 1 || list[0].Address != address || strings.Count(address, "@") != 1 || len(address) > 128 || !utf8.ValidString(address) ||
			strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
			t.Errorf("%q became %q: %v, %v", raw, address, list, err)
		}
	})
}

// FuzzProfile: what is kept of a profile is short, each part of it and all maps.
func FuzzProfile(f *testing.F) {
	f.Add("Ben", "en", "key", "value")
	f.Add(strings.Repeat("\u00e4", 65), "english", strings.Repeat("k", 2001), "")
	f.Add("a\x00b", "\x00", "", "\x00")
	f.Fuzz(func(t *testing.T, nickname, locale, name, value string) {
		u := wire.User{Nickname: nickname, Locale: locale, Props: wire.StringMap{name: value}, NotifyProps: wire.StringMap{name: value}}
		if profile(u) != nil {
			return
		}
		if utf8.RuneCountInString(nickname) > 64 || utf8.RuneCountInString(locale) > 5 || strings.ContainsRune(nickname+locale, 0) || len(name)+len(value) > 2000 {
			t.Errorf("%q, %q, %q, %q is a profile", nickname, locale, name, value)
		}
	})
}

// FuzzRecentStatuses: whatever a client has kept under their name, what is made of it is a short list that can be kept again.
func FuzzRecentStatuses(f *testing.F) {
	for _, text := range []string{`[{"emoji":"wave","text":"Lunch","duration":"","expires_at":"0001-01-01T00:00:00Z"}]`, "null", "{}", "", "[1]", "[{},{},{},{},{},{}]", `[{"expires_at":"x"}]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list := parseRecent(text)
		kept, err := json.Marshal(list)
		if err != nil || list == nil || len(list) > mostRecent {
			t.Fatalf("%q became %+v: %v", text, list, err)
		}
		if again := parseRecent(string(kept)); len(again) != len(list) {
			t.Errorf("%q became %s, and that %+v", text, kept, again)
		}
	})
}
