package cidr_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/cidr"
)

func TestNetworksAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.0/24":           "203.0.113.0/24",
		"203.0.113.7":              "203.0.113.7",
		"203.0.113.7/32":           "203.0.113.7",
		"0.0.0.0/0":                "0.0.0.0/0",
		"2001:DB8::/32":            "2001:db8::/32",
		"2001:db8:0:0:0:0:0:1/128": "2001:db8::1",
		"::/0":                     "::/0",
		"::ffff:203.0.113.0/120":   "203.0.113.0/24",
		"::ffff:cb00:7107":         "203.0.113.7",
		"::ffff:0:0/96":            "0.0.0.0/0",
	} {
		got, err := cidr.Parse(text)
		if err != nil || cidr.Show(got) != want {
			t.Errorf("%s is read as %s, %v; want %s", text, got, err, want)
		}
	}
}

// What one program takes for one network and the next for another is refused, in words that help.
func TestWhatIsReadInTwoWaysIsRefused(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                    "is no address",
		"10":                  "is no address",
		"10.1":                "is no address",
		"010.0.0.0/8":         "is no address",
		"0x0a.0.0.0/8":        "is no address",
		"167772160":           "is no address",
		"10.0.0.0/8 ":         "from 0 to 32",
		" 10.0.0.0/8":         "is no address",
		"10.0.0.0/08":         "without leading zeros",
		"10.0.0.0/33":         "from 0 to 32",
		"10.0.0.0/+8":         "from 0 to 32",
		"10.0.0.0/":           "from 0 to 32",
		"10.0.0.0/8/8":        "from 0 to 32",
		"10.0.0.0/255.0.0.0":  "from 0 to 32",
		"2001:db8::/129":      "from 0 to 128",
		"fe80::1%eth0":        "zone",
		"fe80::%eth0/64":      "zone",
		"10.0.0.1/8":          "write 10.0.0.0/8 for the network, or 10.0.0.1 for the address",
		"2001:db8::1/32":      "write 2001:db8::/32 for the network",
		"::ffff:10.0.0.1/104": "write 10.0.0.0/8",
		"::ffff:0:0/90":       "beyond IPv4",
		"[2001:db8::]/32":     "is no address",
		"example.com":         "is no address",
	} {
		if got, err := cidr.Parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is read as %s, %v; want an error with %q", text, got, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"10.0.0.0/8", "::ffff:10.0.0.0/104", "2001:db8::/32", "10.1", "fe80::1%eth0", "010.0.0.1/8"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := cidr.Parse(text)
		if err != nil {
			return
		}
		if !p.IsValid() || p.Masked() != p || p.Addr().Is4In6() || p.Addr().Zone() != "" {
			t.Fatalf("%q is read as %s, which is not canonical", text, p)
		}
		if again, err := cidr.Parse(cidr.Show(p)); err != nil || again != p {
			t.Fatalf("%q is read as %s, and what it shows as %s, %v", text, p, again, err)
		}
		if std, err := netip.ParsePrefix(text); err == nil && !std.Addr().Is4In6() && std != p {
			t.Fatalf("%q is read as %s here and as %s by net/netip", text, p, std)
		}
	})
}
