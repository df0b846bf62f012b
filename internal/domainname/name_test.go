package domainname_test

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/domainname"
)

const base = "longhouse.example"

func TestANameIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"chat.example.com": "chat.example.com", "Chat.Example.COM.": "chat.example.com", "example.com": "example.com",
		"bücher.example.com": "xn--bcher-kva.example.com", "xn--bcher-kva.example.com": "xn--bcher-kva.example.com", "BÜCHER.example.com": "xn--bcher-kva.example.com",
		"straße.example.de": "xn--strae-oqa.example.de", "чат.пример.рф": "xn--80a0bn.xn--e1afmkfd.xn--p1ai", "chat。example。jp": "chat.example.jp",
		"notlonghouse.example": "notlonghouse.example", "me.github.io": "me.github.io", "a.b.c.d.example.co.uk": "a.b.c.d.example.co.uk",
	} {
		got, err := domainname.Parse(text, base)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestWhatNobodyCanBringIsRefusedInWords(t *testing.T) {
	t.Parallel()
	for text, say := range map[string]string{
		"": "empty", "chat": "one label", "com": "one label", "co.uk": "suffix", "github.io": "suffix", "*.example.com": "wildcard",
		"https://chat.example.com": "only the name", "chat.example.com/x": "only the name", "a@example.com": "only the name",
		"chat.example.com:443": "port", "[::1]": "IP address", "2001:db8::1": "IP address", "192.0.2.1": "IP address", "127.1": "IP address", "0x7f.0x1": "IP address", "1.2.3.0x7f": "IP address",
		"chat example.com": "blank", " chat.example.com": "blank", "_x.example.com": "underscore",
		"-a.example.com": "no domain name", "a-.example.com": "no domain name", "a..example.com": "no domain name", ".example.com": "no domain name",
		"ab--c.example.com": "no domain name", "xn--a.example.com": "no domain name", "ex\x00.example.com": "no domain name", "a\u200db.example.com": "no domain name",
		strings.Repeat("a", 64) + ".example.com": "no domain name", strings.Repeat("a.", 120) + "com": "characters",
		strings.Repeat("a", 2000) + ".com": "bytes",
		base:                               "this installation", "acme.longhouse.example": "this installation", "a.b.LONGHOUSE.example.": "this installation",
	} {
		got, err := domainname.Parse(text, base)
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%.60q: %q, %v; want an error that says %q", text, got, err, say)
		}
	}
}

func TestAnApexIsToldFromWhatIsBelow(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"example.com": true, "chat.example.com": false, "example.co.uk": true, "me.github.io": true} {
		if domainname.Apex(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// FuzzParse: what is let through is written in one way, is a name of a host, and is none of ours.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"chat.example.com", "bücher.example.com", "xn--bcher-kva.example.com", "127.1", "a..b", "*.x.y", "longhouse.example", "ａ.example.com", "1.2.3.4."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := domainname.Parse(text, base)
		if err != nil {
			return
		}
		if again, err := domainname.Parse(name, base); err != nil || again != name {
			t.Fatalf("%q became %q, and that %q, %v", text, name, again, err)
		}
		if shown, err := domainname.Parse(domainname.Show(name), base); err != nil || shown != name {
			t.Fatalf("%q is shown as %q, which is %q, %v", name, domainname.Show(name), shown, err)
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || len(name) > domainname.MaxName || strings.HasSuffix("."+name, "."+base) {
			t.Fatalf("%q became %q", text, name)
		}
	})
}
